"""`infraops render`: the plain Terraform and Ansible of the selected stacks, to read and to keep."""

from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection
from infraops.commands.surroundings import Surroundings
from infraops.lines import RENDER
from infraops.models.record import Asked
from infraops.models.run import RunResult


def render(selection: Selection, surroundings: Surroundings, *, parallelism: int | None = None) -> RunResult:
    """Write the stacks' files below `.infraops/stacks/`."""
    return run_line("render", RENDER, selection, surroundings, Asked(parallelism=parallelism, refresh=True))
