"""`infraops forget`: lets go of stacks, and destroys nothing."""

from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection
from infraops.errors import UsageError
from infraops.lines import FORGET
from infraops.models.ledger.changes import UNCLAIMED, Claimed
from infraops.models.ledger.runs import Asked
from infraops.models.runs.run import RunResult


def forget(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    claimed: Claimed = UNCLAIMED,
) -> RunResult:
    """Set the states of the selected stacks aside.

    Raises UsageError where none was chosen: to let go of a whole environment is not what no word at all says.
    """
    refuse_unnamed(selection)
    asked = Asked(forget=True, parallelism=parallelism, orphans=selection.orphans, claimed=claimed)
    return run_line("forget", FORGET, selection, surroundings, asked)


def refuse_unnamed(selection: Selection) -> None:
    """Raise UsageError where nothing says which stacks are meant: to forget is not what no word at all says."""
    chosen = selection.names or selection.tags or selection.owners or selection.changed_since or selection.orphans
    if not chosen:
        hint = "name them; '*' is all of the environment, --orphans those without a blueprint"
        raise UsageError("choosing what to forget", "no stack was named", hint)
