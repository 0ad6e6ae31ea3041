"""Which deployed stacks outside a run still need those that the run would destroy."""

from infraops.commands.context.surroundings import OpenRepo, Surroundings
from infraops.commands.deployed.orphans import find_orphans
from infraops.commands.deployed.outputs import read_outputs
from infraops.models.stacks.stack import Stack
from infraops.tools.terraform.state.backend import state_file
from infraops.tools.terraform.state.leftovers import holds_resources


def needed_outside(
    going: tuple[Stack, ...], opened: OpenRepo, surroundings: Surroundings
) -> dict[str, tuple[str, ...]]:
    """Map stacks that are to go to the deployed ones that stay and need them, orphans among these.

    A stack whose state is kept elsewhere counts as deployed where that state holds outputs.
    """
    names = {stack.name for stack in going}
    near = tuple(
        stack for stack in opened.repo.stacks.values() if stack.name not in names and names & set(stack.depends_on)
    )
    needs = {stack.name: stack.depends_on for stack in _deployed(near, opened, surroundings)}
    needs |= {left.stack: left.card.depends_on for left in find_orphans(opened) if left.stack not in names}
    staying = sorted(needs)
    found = {name: tuple(other for other in staying if name in needs[other]) for name in sorted(names)}
    return {name: others for name, others in found.items() if others}


def _deployed(stacks: tuple[Stack, ...], opened: OpenRepo, surroundings: Surroundings) -> list[Stack]:
    files = {stack.name: state_file(stack, opened.workspace) for stack in stacks}
    remote = tuple(stack for stack in stacks if files[stack.name] is None)
    elsewhere = read_outputs(remote, opened, surroundings) if remote else {}
    return [
        stack
        for stack in stacks
        if ((file := files[stack.name]) is not None and holds_resources(file))
        or ((outputs := elsewhere.get(stack.name)) is not None and outputs.any)
    ]
