"""`infraops unlock`: takes stacks from runs that cannot let go of them any more."""

from collections.abc import Mapping

from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.selection.stacks import Selection, select
from infraops.errors import Locked
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.stacks import StackTakenOver
from infraops.processes import ProcessIdentity, boot_and_namespace, is_alive


def holders(selection: Selection, surroundings: Surroundings) -> dict[str, Owner]:
    """Return who holds the selected stacks, by stack.

    Raises Locked where the process that holds one can be seen at work: that one is to be ended, not robbed.
    """
    opened = open_repo(surroundings)
    chosen = {name for stack in select(opened.repo, selection) for name in (stack.name, stack.before)}
    with open_repo_ledger(opened, surroundings) as ledger:
        held = {stack: owner for stack, owner in ledger.claims.all().items() if stack in chosen}
    for stack, owner in held.items():
        if owner.boot == boot_and_namespace() and is_alive(ProcessIdentity(owner.pid, owner.started)):
            raise Locked(f"unlocking {stack}", f"{owner} is at work on it", f"wait for it, or end pid {owner.pid}")
    return held


def unlock(held: Mapping[str, Owner], surroundings: Surroundings) -> None:
    """Release these stacks from those who hold them, and take it down."""
    with open_repo_ledger(open_repo(surroundings), surroundings) as ledger:
        for stack, owner in held.items():
            ledger.claims.release(owner.run, [stack])
            ledger.append(StackTakenOver(owner.run, by_hand=True), run=owner.run, stack=stack)
