"""What a review consists of, whatever format it is written in. Pure."""

from dataclasses import dataclass, field
from enum import IntEnum

from infraops.models.plans.plan import Counts
from infraops.models.reports.review import Subject
from infraops.models.runs.run import Failure


class Gravity(IntEnum):
    """How much a stack asks of its reviewer."""

    NOTHING = 0
    CONFIGURES = 1
    CHANGES = 2
    LOSES = 3  # something is destroyed, replaced, or nobody knows what would happen to it
    UNJUDGED = 4  # there is no plan
    DENIED = 5  # a rule forbids it


@dataclass(frozen=True)
class Line:
    """One resource: a sign, its address, why, and its attributes before and after."""

    sign: str
    address: str
    why: str = ""
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """All that is said about one stack."""

    subject: Subject
    gravity: Gravity
    counts: Counts
    also: tuple[str, ...]  # what happens beside that
    configures: bool
    moves: bool  # it takes over the state of another
    fingerprint: str
    changes: tuple[Line, ...] = ()
    drift: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()  # what cannot be predicted, failed checks, warnings
    change_class: str = ""  # where changes need approvals
    who: str = ""  # has to say yes to it
    cost: str = ""  # what a month costs more
    risk: str = ""  # its level
    failure: Failure | None = None
    blocked_by: str = ""


@dataclass(frozen=True)
class Page:
    """The whole review. `parts` are those that something happens to, the gravest first."""

    title: str
    verdict: str
    gravity: Gravity
    made_from: str
    since: str  # what the operator named to compare with
    parts: tuple[Part, ...]
    untouched: str
    approve: str = ""  # the command that approves it; empty where nobody has to
    asides: tuple[str, ...] = field(default=())
