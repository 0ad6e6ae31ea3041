"""What another version of its template means for a stack. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from infraops.errors import Mistake
from infraops.models.runs.run import RunResult


class Change(StrEnum):
    """What becomes of a parameter or an output."""

    NEW = "new"
    REQUIRED = "required"  # new, or required from now on, and nothing gives it a value
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """A setting of a parameter, an output or the template that is another: type, max, default."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ParameterChange:
    """One parameter: what differs in its declaration, and its effective value in the stack before and after.

    `written` is where the blueprint gives it; a sensitive one's values are references.
    """

    name: str
    change: Change
    differences: tuple[Difference, ...] = ()
    before: Any = None
    after: Any = None
    written: str = ""


@dataclass(frozen=True)
class OutputChange:
    """One output, and the inputs that take it: `local/web.database_port`."""

    name: str
    change: Change
    differences: tuple[Difference, ...] = ()
    taken_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackUpgrade:
    """A stack, its template now and then, and all that differs. Deprecations are in words, empty where none is."""

    stack: str
    template: str
    target: str
    parameters: tuple[ParameterChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    flags: tuple[Difference, ...] = ()
    deprecated: str = ""
    target_deprecated: str = ""


@dataclass(frozen=True)
class Upgrades:
    """All of it: stacks that would move, those that are there, and what the blueprints would be.

    `mistakes` are what a human has to mend then. `files` are the blueprints' texts; `written` says that they are so.
    """

    stacks: tuple[StackUpgrade, ...]
    there: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    files: Mapping[str, str]
    written: bool = False
    plans: tuple[RunResult, ...] = ()
