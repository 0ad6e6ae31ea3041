"""`infraops destroy`: the end of stacks, those that need others first."""

from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection
from infraops.lines import DESTROY
from infraops.models.ledger.changes import UNCLAIMED, Claimed
from infraops.models.ledger.runs import Asked
from infraops.models.runs.run import RunResult


def destroy(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    claimed: Claimed = UNCLAIMED,
) -> RunResult:
    """Destroy the selected stacks in reverse order."""
    asked = Asked(destroy=True, parallelism=parallelism, orphans=selection.orphans, claimed=claimed)
    return run_line("destroy", DESTROY, selection, surroundings, asked)
