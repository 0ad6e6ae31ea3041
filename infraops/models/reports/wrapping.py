"""What became of a foreign module or playbook that was made a template: line by line what was mapped, and what not."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one thing."""

    MAPPED = "mapped"
    PARTLY = "partly"  # mapped, and something about it is left to the module or to Terraform
    LEFT = "left"  # not in template.yaml; it stays what it is in the module
    MISSING = "missing"  # the template cannot do its work before somebody does something about it


@dataclass(frozen=True)
class Finding:
    """One thing of the module or playbook: `variable size`, what became of it, why, and what to do."""

    what: str
    outcome: Outcome
    why: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Wrapped:
    """One directory that was looked at. `error` says why there is no template; then `reference` is empty."""

    source: str
    name: str
    platform: str
    reference: str = ""
    directory: str = ""  # of the template, in the control repo
    copied: tuple[str, ...] = ()  # files, in the control repo
    in_place: bool = False
    findings: tuple[Finding, ...] = ()
    error: str = ""
