"""`infraops plan`: what would happen, and nothing does."""

from pathlib import Path

from infraops.commands.change_control.untrusted import Distrust, Looked, look, refuse_beside
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection
from infraops.lines import PLAN
from infraops.models.ledger.changes import UNCLAIMED, Claimed
from infraops.models.ledger.runs import Asked
from infraops.models.runs.run import RunResult


def plan(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    destroy: bool = False,
    replace: tuple[str, ...] = (),
    refresh: bool = False,
    infracost: Path | None = None,
    claimed: Claimed = UNCLAIMED,
    distrust: Distrust | None = None,
) -> RunResult:
    """Plan the selected stacks; with `destroy`, plan their end; with `distrust`, look first at what they are made of.

    Stacks that the ledger proves up to date are left alone, unless `refresh`, or something of them was asked for.
    """
    refuse_beside(distrust, "destroy" if destroy else "replace" if replace else "")
    asked = Asked(
        destroy=destroy,
        replace=replace,
        refresh=refresh,
        parallelism=parallelism,
        untrusted=distrust is not None,
        claimed=claimed,
    )
    looked = look(distrust, selection, surroundings) if distrust is not None else Looked(surroundings, {})
    return run_line("plan", PLAN, selection, looked.surroundings, asked, notes=looked.notes, infracost=infracost)
