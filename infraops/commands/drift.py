"""`infraops drift`: what is not as it was applied, and whether the ledger knows why."""

from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection
from infraops.lines import DRIFT
from infraops.models.ledger.runs import Asked
from infraops.models.runs.run import RunResult


def drift(selection: Selection, surroundings: Surroundings, *, parallelism: int | None = None) -> RunResult:
    """Look at the selected stacks, the proven ones too; nothing is changed."""
    return run_line("drift", DRIFT, selection, surroundings, Asked(refresh=True, parallelism=parallelism))
