"""What the record knows to be there of a stack, whatever its state says. Pure."""

from collections.abc import Iterable

from infraops.models.ledger.answers import Deployed
from infraops.models.ledger.entries import Entry, Kind
from infraops.models.ledger.runs import CommandEnded, CommandStarted
from infraops.models.ledger.stacks import StackDestroyed, StackForgotten
from infraops.models.ledger.stations import InState, StationEnded, StationStarted
from infraops.models.runs.run import Outcome

KINDS = (
    Kind.STATION_STARTED,
    Kind.STATION_ENDED,
    Kind.STACK_DESTROYED,
    Kind.STACK_FORGOTTEN,
    Kind.COMMAND_STARTED,
    Kind.COMMAND_ENDED,
)
_BY_HAND = frozenset({"apply", "destroy", "rm", "mv"})  # Terraform's words that may empty a state, and mean to


def deployed(entries: Iterable[Entry], *, place: str, asking: str) -> Deployed | None:
    """Tell what was left of one stack, and by which run; None where nothing tells. `entries` are newest first.

    A provision that was begun and did not end well leaves nothing that is known: it may have destroyed what it was to
    replace. `place` is where the stack's state is, if it is kept on one machine, as others keep states of their own.
    So may a command that somebody gave by hand. Entries of the run that is `asking` do not count.
    """
    passed, carried_out = {asking}, set[str]()
    for entry in entries:
        if entry.run in passed:
            continue
        match entry.payload:
            case StackDestroyed() | StackForgotten():
                return Deployed(entry.run, entry.at, 0)
            case StationEnded(station="provision", outcome=outcome, in_state=InState() as held) if outcome.good:
                if not (place and held.place and held.place != place):
                    return Deployed(entry.run, entry.at, held.resources)
                passed.add(entry.run)
            case StationEnded(station="provision", outcome=Outcome.UNCHANGED):
                passed.add(entry.run)
            case CommandEnded(exit_code=0):
                carried_out.add(entry.run)
            case CommandStarted(argv=("terraform", *words)) if entry.run in carried_out and _BY_HAND & set(words):
                return Deployed(entry.run, entry.at, 0)
            case StationStarted(station="provision"):
                return Deployed(entry.run, entry.at, 0)
    return None
