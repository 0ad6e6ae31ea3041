"""The local state of a renamed stack: whether it still stands under the old name, and its way to the new one."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.models.basics.workspace import Workspace
from infraops.models.stacks.stack import Stack
from infraops.tools.terraform.initialising import forget_initialisation
from infraops.tools.terraform.state.backend import backup_state, is_there, state_file, state_named

# What lies beside a state: the copies kept of it, what it was made from, and Terraform's own last copy.
_BESIDE = ("{name}.backups", "{name}.card.json", "{name}.tfstate.backup")


def stands_under_old_name(stack: Stack, workspace: Workspace) -> bool:
    """Whether a stack was renamed and its state has not been moved yet."""
    if stack.before is None:
        return False
    return state_file(stack, workspace) == state_named(stack.before, workspace)


def has_no_state(stack: Stack, workspace: Workspace) -> bool:
    """Whether there is no local state of a stack, under its name or the one it had before."""
    file = state_file(stack, workspace)
    return file is not None and not is_there(file)


def refuse_two_states(stack: Stack, workspace: Workspace) -> None:
    """Raise InfraOpsError where there is a state under a stack's name and one under its old name."""
    if stack.before is None:
        return
    own, old = state_named(stack.name, workspace), state_named(stack.before, workspace)
    if is_there(own) and is_there(old):
        raise InfraOpsError(
            f"choosing the state of {stack.name}",
            f"there is one under its name, {own}, and one under {stack.before}, which it was moved from: {old}",
            "move the file that is not meant to another directory; if both are, take moved_from out of "
            f"{stack.place.file} and give {stack.before} a blueprint again",
        )


def move_state(stack: Stack, workspace: Workspace, now: datetime) -> None:
    """Move a renamed stack's state to its new name, with a copy kept and what lies beside it.

    The state itself comes first and in one step: killed at any instant, it stands at one place and is whole.
    Raises InfraOpsError where there is a state under the new name already.
    """
    assert stack.before is not None
    refuse_two_states(stack, workspace)
    own, old = state_named(stack.name, workspace), state_named(stack.before, workspace)
    backup_state(old, now)
    for name in (stack.name, stack.before):
        forget_initialisation(workspace.stacks / name)
    old.replace(own)
    for form in _BESIDE:
        source, target = _beside(old, form), _beside(own, form)
        if not target.exists():
            with suppress(FileNotFoundError):
                source.replace(target)


def _beside(state: Path, form: str) -> Path:
    return state.with_name(form.format(name=state.stem))
