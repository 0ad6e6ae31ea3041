"""`infraops plan`: what would happen, and nothing does."""

from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection
from infraops.commands.surroundings import Surroundings
from infraops.lines import PLAN
from infraops.models.run import RunResult
from infraops.stations.job import Options


def plan(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    destroy: bool = False,
    replace: tuple[str, ...] = (),
    refresh: bool = False,
) -> RunResult:
    """Plan the selected stacks; with `destroy`, plan their end.

    Stacks that the ledger proves up to date are left alone, unless `refresh`, or something of them was asked for.
    """
    options = Options(destroy=destroy, replace=replace, trust_evidence=not (refresh or replace or destroy))
    return run_line("plan", PLAN, selection, surroundings, options=options, parallelism=parallelism)
