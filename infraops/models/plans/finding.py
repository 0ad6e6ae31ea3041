"""What rules of policy find in a plan."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a rule that is broken does."""

    OFF = "off"
    WARN = "warn"
    DENY = "deny"


@dataclass(frozen=True)
class Finding:
    """A rule that a plan breaks. `waived` says by whose waiver it passes, `expired` which waiver no longer works."""

    rule: str
    severity: Severity
    message: str
    hint: str
    control: str
    place: str
    waived: str = ""
    expired: str = ""

    @property
    def denies(self) -> bool:
        """Whether it stops the stack."""
        return self.severity is Severity.DENY and not self.waived
