"""`infraops output`: what a stack answers, for people and programs."""

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.deployed.outputs import read_outputs
from infraops.commands.selection.stacks import Selection, select
from infraops.models.reports.answers import StackOutputs


def output(selection: Selection, surroundings: Surroundings) -> tuple[StackOutputs, ...]:
    """Read the outputs of the selected stacks from their states."""
    opened = open_repo(surroundings)
    stacks = select(opened.repo, selection)
    outputs = read_outputs(stacks, opened, surroundings)
    return tuple(StackOutputs(stack.name, outputs[stack.name]) for stack in stacks)
