"""By which prices a run judges what things cost: the catalogue's, and those of a file that Infracost wrote."""

from pathlib import Path

from infraops.commands.context.surroundings import OpenRepo, Surroundings
from infraops.commands.runs.files import warn
from infraops.models.files.prices import Pricing
from infraops.tools.infracost import read_infracost


def pricing_by(opened: OpenRepo, surroundings: Surroundings, infracost: Path | None, *, every: bool = False) -> Pricing:
    """Return the prices. `infracost` is relative to where the command was called; `every` as in `Pricing`."""
    catalogue = opened.repo.prices
    if infracost is None:
        return Pricing(catalogue, every=every)
    path = surroundings.directory / infracost
    given, strangers = read_infracost(path, opened.repo.stacks.keys(), currency=catalogue.currency)
    if strangers:
        warn(surroundings.report, f"projects of {infracost} that are no stacks: {', '.join(strangers)}")
    return Pricing(catalogue, given, every)
