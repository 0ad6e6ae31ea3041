"""`infraops apply`: the whole line, from blueprint to verified service."""

from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection
from infraops.commands.surroundings import Surroundings
from infraops.lines import APPLY, until
from infraops.models.run import RunResult
from infraops.stations.job import Options


def apply(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    limit: tuple[str, ...] = (),
    replace: tuple[str, ...] = (),
    until_station: str | None = None,
    refresh: bool = False,
) -> RunResult:
    """Carry the selected stacks through the line, or up to a station.

    Stacks that the ledger proves up to date are left alone, unless `refresh`, or something of them was asked for.
    """
    options = Options(limit=limit, replace=replace, trust_evidence=not (refresh or limit or replace))
    line = until(APPLY, until_station)
    return run_line("apply", line, selection, surroundings, options=options, parallelism=parallelism)
