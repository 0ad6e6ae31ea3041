"""From entries to the changes that were authorised, and how each ended. Pure."""

from collections.abc import Iterable

from infraops.models.changes.risk import PastChange
from infraops.models.ledger.changes import ChangeAuthorised
from infraops.models.ledger.entries import Entry, Kind
from infraops.models.ledger.runs import RunEnded
from infraops.models.ledger.stations import StationEnded
from infraops.models.runs.run import Outcome

LOOKED_AT = 500  # authorised changes, the newest ones
ENDS = (Kind.STATION_ENDED, Kind.RUN_ENDED)


def changes_in(entries: Iterable[Entry]) -> tuple[PastChange, ...]:
    """Return the changes, oldest first. `entries` are those that authorise, and all of their runs that end anything.

    A stack ended well where no station failed after it was authorised, and its run came to an end. Where its run was
    killed, or somebody stopped it, that says nothing about the change.
    """
    found: dict[tuple[str, str], tuple[ChangeAuthorised, Outcome | None]] = {}
    over: set[str] = set()
    for entry in entries:
        if isinstance(entry.payload, RunEnded):
            over.add(entry.run)
        if entry.stack is None:
            continue
        key = entry.run, entry.stack
        match entry.payload:
            case ChangeAuthorised() as authorised:
                found.pop(key, None)  # one that is authorised again takes its place among the newest
                found[key] = authorised, None
            case StationEnded(outcome=outcome) if key in found:
                found[key] = found[key][0], outcome
    return tuple(
        PastChange(run, stack, change.template, change.actions, _good(outcome, run in over), change.cost_after)
        for (run, stack), (change, outcome) in found.items()
    )


def _good(outcome: Outcome | None, over: bool) -> bool | None:
    """Say whether the last station that ended tells of a good end; None where it tells nothing."""
    if outcome is Outcome.FAILED:
        return False
    return True if outcome is not None and outcome.good and over else None
