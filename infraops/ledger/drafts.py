"""Entries that have no place in the chain yet, and what each of them has to survive. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from infraops.ledger.chain import Row, next_row
from infraops.ledger.evidence import Proves, Voids, bearing
from infraops.ledger.payloads import write_payload
from infraops.models.ledger.answers import Head
from infraops.models.ledger.entries import KINDS, Kind, Payload
from infraops.models.ledger.stations import ChildEnded, ChildStarted, StationEnded, StationStarted

Clock = Callable[[], datetime]

# Stations that change nothing in the world. One that is not named here counts as one that does.
LOOKING = frozenset({"validate", "render", "plan", "assess", "predict", "drift"})
# Those among them that start no program and wait for nobody: they take milliseconds.
BRIEF = frozenset({"validate", "render", "assess"})


@dataclass(frozen=True)
class Draft:
    """An entry to be. `at` is when it happened; None for one that happens as it is written."""

    run: str
    stack: str | None
    payload: Payload
    at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """What it tells."""
        return KINDS[type(self.payload)]

    @property
    def bears(self) -> Proves | Voids | None:
        """What it means for its stack's proof."""
        return bearing(self.payload) if self.stack is not None else None

    @property
    def light(self) -> bool:
        """Whether nobody would miss it after a power cut: no child survives one, and what only looked did nothing."""
        match self.payload:
            case ChildStarted() | ChildEnded():
                return True
            case StationStarted(station=station) | StationEnded(station=station):
                return station in LOOKING
        return False

    @property
    def may_wait(self) -> bool:
        """Whether nobody would miss it after a kill: a child is seen to be gone, and what only looked looks again."""
        match self.payload:
            case ChildEnded():
                return True
            case StationStarted(station=station):
                return station in BRIEF
            case StationEnded(station=station, outcome=outcome):
                return station in LOOKING and outcome.good
        return False

    def row(self, head: Head, clock: Clock) -> Row:
        """Make the row that follows `head`."""
        text = write_payload(self.payload)
        return next_row(head, at=self.at or clock(), kind=self.kind, run=self.run, stack=self.stack, payload=text)
