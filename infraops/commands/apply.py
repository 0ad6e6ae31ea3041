"""`infraops apply`: the whole line, from blueprint to verified service."""

from pathlib import Path

from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection
from infraops.lines import APPLY, until
from infraops.models.ledger.changes import UNCLAIMED, Claimed
from infraops.models.ledger.runs import Asked
from infraops.models.runs.run import RunResult


def apply(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    limit: tuple[str, ...] = (),
    replace: tuple[str, ...] = (),
    until_station: str | None = None,
    refresh: bool = False,
    infracost: Path | None = None,
    claimed: Claimed = UNCLAIMED,
) -> RunResult:
    """Carry the selected stacks through the line, or up to a station.

    Stacks that the ledger proves up to date are left alone, unless `refresh`, or something of them was asked for.
    """
    asked = Asked(
        until_station or "",
        replace,
        limit,
        refresh=refresh,
        parallelism=parallelism,
        claimed=claimed,
        infracost="" if infracost is None else str((surroundings.directory / infracost).absolute()),
    )
    return run_line("apply", until(APPLY, until_station), selection, surroundings, asked, infracost=infracost)
