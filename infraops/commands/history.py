"""`infraops history`: the runs that the ledger knows."""

import socket

from infraops.commands.entering import open_repo_ledger
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.models.answers import Remembered
from infraops.models.record import Entry, RunRecord
from infraops.processes import ProcessIdentity, is_alive


def history(surroundings: Surroundings, *, limit: int | None = 20) -> tuple[Remembered, ...]:
    """Return the newest runs first; a run without an end is at work or was killed."""
    opened = open_repo(surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        return tuple(remembered(record) for record in ledger.runs(limit))


def run_entries(run: str, surroundings: Surroundings) -> tuple[Remembered, tuple[Entry, ...]]:
    """Return one run (its id or the beginning of it) and all its entries, oldest first."""
    opened = open_repo(surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        record = ledger.run(run)
        return remembered(record), ledger.entries(record.id)


def remembered(record: RunRecord) -> Remembered:
    """Return a run with its verdict: a run without an end is at work or was killed."""
    if record.outcome is not None:
        return Remembered(record, record.verdict)
    match at_work(record):
        case None:
            return Remembered(record, "unknown: it ran on another machine")
        case alive:
            return Remembered(record, "running" if alive else "killed")


def at_work(record: RunRecord) -> bool | None:
    """Whether a run is at work; None where only another machine can tell."""
    if record.outcome is not None:
        return False
    if record.host != socket.gethostname():
        return None
    return is_alive(ProcessIdentity(record.pid, record.started_ticks))
