"""Policy: rules over plans, how grave each is, and waivers that let named stacks pass."""

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from infraops.errors import Place
from infraops.models.base import FileModel
from infraops.models.finding import Severity
from infraops.models.template import Name

DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class PolicyRule(FileModel):
    """One rule as written: `when` its expression is true, the rule is broken."""

    name: Name
    severity: Annotated[Severity, Field(strict=False)]
    when: str = Field(min_length=1)
    message: str = Field(min_length=1)
    hint: str = ""
    control: str = Field(min_length=1)


class Waiver(FileModel):
    """A permission to break one rule, for stacks of a name, until the end of a day."""

    rule: Name
    stack: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    expires: str = Field(pattern=DATE_PATTERN)

    def covers(self, rule: str, stack: str) -> bool:
        """Whether it speaks of this rule and this stack, whatever day it is."""
        return self.rule == rule and fnmatchcase(stack, self.stack)

    def works(self, today: date) -> bool:
        """Whether it has not expired; `expires` is the last day on which it works."""
        return today <= date.fromisoformat(self.expires)


class PolicyFile(FileModel):
    """`policies/*.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    rules: tuple[PolicyRule, ...] = Field(default=(), strict=False)
    severities: dict[Name, Annotated[Severity, Field(strict=False)]] = {}
    waivers: tuple[Waiver, ...] = Field(default=(), strict=False)


@dataclass(frozen=True)
class Rule:
    """A rule with where it stands, and the severity that this control repo gives it."""

    written: PolicyRule
    place: Place
    severity: Severity
    built_in: bool = False

    @property
    def name(self) -> str:
        """The rule's name, the only one in the control repo."""
        return self.written.name


@dataclass(frozen=True)
class PlacedWaiver:
    """A waiver and where it stands."""

    written: Waiver
    place: Place


@dataclass(frozen=True)
class Policies:
    """All rules, the built-in ones first, and all waivers."""

    rules: tuple[Rule, ...] = ()
    waivers: tuple[PlacedWaiver, ...] = ()
