"""How risky a change is: what became of changes like it, what it reaches, whether it can be undone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class PastChange:
    """A change of a stack that was authorised, and whether the stack came through that run well.

    `good` is None where nobody can tell: the run is at work, or was killed or stopped before the stack was through.
    """

    run: str
    stack: str
    template: str  # its reference
    actions: Mapping[str, int]  # as in `ChangeAuthorised`
    good: bool | None
    cost_after: float | None = None


class Level(StrEnum):
    """How much care a change asks for."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Rate:
    """How often changes of a kind failed: `failed` of `changes` on record, and the `expected` rate that follows.

    `of` says which: "template web-service@1.0", "environment production", "replace".
    """

    of: str
    failed: int
    changes: int
    expected: float


@dataclass(frozen=True)
class Risk:
    """How risky a change is, and why. `reasons` are all that was looked at, the gravest first."""

    level: Level
    reasons: tuple[str, ...]
    rates: tuple[Rate, ...] = ()
    needed_by: int = 0  # stacks that take something of it, or wait for it
    needed_by_in_all: int = 0  # and those that need these
    hosts: int | None = 0  # that would be configured; None where that is not known yet
    reversible: bool = True
