"""`infraops history`: the runs that the ledger knows."""

from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.runs.verdicts import remembered
from infraops.models.ledger.entries import Entry
from infraops.models.reports.answers import Remembered


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
