"""`infraops resume`: goes on where a run stopped, whatever stopped it."""

from pathlib import Path

from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.runs.line import Resumed, run_line
from infraops.commands.runs.verdicts import remembered
from infraops.commands.selection.stacks import Selection
from infraops.errors import Locked, UsageError
from infraops.ledger.ledger import Ledger
from infraops.lines import ACTING, RESUMED, until
from infraops.models.ledger.runs import RunStarted
from infraops.models.ledger.stations import StationEnded
from infraops.models.reports.answers import Remembered
from infraops.models.runs.run import RunResult
from infraops.models.stacks.repo import ControlRepo

LOOKED_AT = 50  # of the newest runs, when none is named


def resume(surroundings: Surroundings, run: str | None = None) -> RunResult:
    """Carry out once more what a run was asked to do: what it finished is proven and not repeated.

    `run` is a run's id or the beginning of it; by default the newest that acted and did not end well. Plans are
    made anew, and approved anew. Raises Locked where the run is at work, UsageError where there is nothing to go on
    with.
    """
    opened = open_repo(surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        before = _stopped(ledger) if run is None else remembered(ledger.run(run))
        doing = f"resuming run {before.record.id}"
        if before.verdict == "running":
            raise Locked(doing, f"it is at work (pid {before.record.pid})", "wait for it, or end it")
        line = RESUMED.get(before.record.command)
        if line is None:
            raise UsageError(doing, f"a run of `{before.record.command}` cannot be resumed", "start it anew")
        begun, provisioned = _what_it_did(ledger, before.record.id)
    asked = begun.asked
    if asked.untrusted:  # it was let through by a look at files that may be others by now
        raise UsageError(doing, "it planned a branch that nobody trusts yet", "start it anew, with --untrusted")
    selection = _selection(begun.stacks, opened.repo, doing, orphans=asked.orphans)
    resumed = Resumed(before.record.id, provisioned)
    return run_line(
        before.record.command,
        until(line, asked.until or None),
        selection,
        surroundings,
        asked,
        resumed=resumed,
        infracost=Path(asked.infracost) if asked.infracost else None,
        opened=opened,
    )


def _stopped(ledger: Ledger) -> Remembered:
    """Find the newest acting run that did not end well; those behind one that did are history."""
    for record in ledger.runs(LOOKED_AT):
        if record.command in ACTING:
            if record.outcome is not None and record.outcome.good:
                break
            return remembered(record)
    raise UsageError("looking for a run to resume", "the newest one ended well", "`infraops history` lists runs")


def _what_it_did(ledger: Ledger, run: str) -> tuple[RunStarted, frozenset[str]]:
    entries = ledger.entries(run)
    begun = entries[0].payload
    assert isinstance(begun, RunStarted)
    provisioned = frozenset(
        entry.stack
        for entry in entries
        if entry.stack is not None
        and isinstance(entry.payload, StationEnded)
        and entry.payload.station == "provision"
        and entry.payload.outcome.good
    )
    return begun, provisioned


def _selection(stacks: tuple[str, ...], repo: ControlRepo, doing: str, *, orphans: bool) -> Selection:
    gone = [name for name in stacks if name not in repo.stacks and not orphans]
    if gone or not stacks:
        what = f"{', '.join(gone[:3])} is no longer in the control repo" if gone else "it carried no stacks"
        raise UsageError(doing, what, "start a new run with what is there")
    environment = stacks[0].partition("/")[0]
    names = tuple(name.partition("/")[2] for name in stacks)
    return Selection(environment=environment, names=names, orphans=orphans)
