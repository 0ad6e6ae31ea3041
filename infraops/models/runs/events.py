"""What a run tells while it goes on: one stream of small facts that views turn into progress."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class StationStarted:
    """A stack has entered a station."""

    stack: str
    station: str


@dataclass(frozen=True)
class StationEnded:
    """A stack has left a station."""

    stack: str
    station: str
    outcome: str  # an Outcome's value
    seconds: float
    summary: str = ""


@dataclass(frozen=True)
class Progress:
    """What a stack is doing inside its station, in a few words ("lab_host.host: creating")."""

    stack: str
    station: str
    text: str


@dataclass(frozen=True)
class Said:
    """A line of output that belongs to a stack's log; `important` lines are shown without being asked for.

    A line that belongs to no station ("") speaks of the whole run.
    """

    stack: str
    station: str
    line: str
    important: bool = False


Event = StationStarted | StationEnded | Progress | Said
Report = Callable[[Event], None]
