"""`infraops plan`: what would happen, and nothing does."""

from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection
from infraops.commands.surroundings import Surroundings
from infraops.lines import PLAN
from infraops.models.change_record import UNCLAIMED, Claimed
from infraops.models.record import Asked
from infraops.models.run import RunResult


def plan(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    destroy: bool = False,
    replace: tuple[str, ...] = (),
    refresh: bool = False,
    claimed: Claimed = UNCLAIMED,
) -> RunResult:
    """Plan the selected stacks; with `destroy`, plan their end.

    Stacks that the ledger proves up to date are left alone, unless `refresh`, or something of them was asked for.
    """
    asked = Asked(destroy=destroy, replace=replace, refresh=refresh, parallelism=parallelism, claimed=claimed)
    return run_line("plan", PLAN, selection, surroundings, asked)
