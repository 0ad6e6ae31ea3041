"""`infraops drift`: what is not as it was applied, and whether the ledger knows why."""

from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection
from infraops.commands.surroundings import Surroundings
from infraops.lines import DRIFT
from infraops.models.record import Asked
from infraops.models.run import RunResult


def drift(selection: Selection, surroundings: Surroundings, *, parallelism: int | None = None) -> RunResult:
    """Look at the selected stacks, the proven ones too; nothing is changed."""
    return run_line("drift", DRIFT, selection, surroundings, Asked(refresh=True, parallelism=parallelism))
