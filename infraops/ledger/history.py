"""From a run's entries to what became of it. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infraops.errors import InfraOpsError, UsageError
from infraops.models.ledger.answers import RunRecord
from infraops.models.ledger.entries import Entry
from infraops.models.ledger.runs import CommandEnded, CommandStarted, RunEnded, RunStarted
from infraops.models.ledger.stacks import StackBlocked, StacksProven
from infraops.models.ledger.stations import StationEnded, StationStarted
from infraops.models.runs.run import TELLING, Outcome


def record_of(run: str, entries: Sequence[Entry]) -> RunRecord:
    """Sum up one run; `entries` are all of its entries, oldest first.

    Raises InfraOpsError where the first does not tell of its start: no run of infraops begins otherwise.
    """
    begun = entries[0].payload if entries else None
    if not isinstance(begun, RunStarted):
        problem = f"nothing tells how run {run} began: infraops did not write what stands there"
        raise InfraOpsError("reading the ledger", problem, "ask who else may write to it")
    first, last = entries[0], entries[-1]
    end = next((entry for entry in reversed(entries) if isinstance(entry.payload, RunEnded)), None)
    ended = end.payload if end is not None and isinstance(end.payload, RunEnded) else None
    stacks = _stacks(begun, entries, over=ended is not None)
    return RunRecord(
        id=first.run,
        command=begun.command,
        started=first.at,
        ended=end.at if end is not None else None,
        outcome=ended.outcome if ended is not None else None,
        exit_code=ended.exit_code if ended is not None else None,
        stacks=stacks,
        counts=Counter(outcome for outcome in stacks.values() if outcome is not None),
        seconds=((end or last).at - first.at).total_seconds(),
        selection=begun.selection,
        git=begun.git,
        versions=begun.versions,
        user=begun.user,
        host=begun.host,
        pid=begun.pid,
        started_ticks=begun.started,
    )


@dataclass
class _Way:
    """One stack's way so far: its newest outcome (None inside a station), and whether anything was to be done."""

    outcome: Outcome | None = None
    acted: bool = False

    def verdict(self) -> Outcome | None:
        if self.outcome is None or not self.outcome.good:
            return self.outcome
        return Outcome.DONE if self.acted else Outcome.UNCHANGED


def _stacks(begun: RunStarted, entries: Iterable[Entry], *, over: bool) -> dict[str, Outcome | None]:
    """Tell how each stack fared, in order of appearance."""
    ways = {stack: _Way() for stack in begun.stacks}
    for entry in entries:
        if isinstance(entry.payload, StacksProven):
            ways |= {stack: _Way(Outcome.UNCHANGED) for stack in entry.payload.stacks}
        if entry.stack is None:
            continue
        way = ways.setdefault(entry.stack, _Way())
        match entry.payload:
            case StationStarted() | CommandStarted():
                way.outcome = None
            case StationEnded(station=station, outcome=outcome):
                way.outcome = outcome
                way.acted = way.acted or (station in TELLING and outcome is Outcome.DONE)
            case CommandEnded(exit_code=code):
                way.outcome, way.acted = (Outcome.FAILED if code else Outcome.DONE), True
            case StackBlocked():
                way.outcome = Outcome.BLOCKED
    unfinished = Outcome.NOT_REACHED if over else None
    return {stack: way.verdict() or unfinished for stack, way in ways.items()}


def pick_run(prefix: str, runs: Sequence[str]) -> str:
    """Choose the one run whose id begins with `prefix`; UsageError where there is none or more than one."""
    doing = f"looking up run {prefix!r}"
    if prefix in runs:
        return prefix
    if not runs:
        raise UsageError(doing, "the ledger has no such run", "`infraops history` lists runs")
    if len(runs) > 1:
        shown = ", ".join(runs[:5]) + (", …" if len(runs) > 5 else "")
        raise UsageError(doing, f"{len(runs)} runs begin like this: {shown}", "give more of the id")
    return runs[0]
