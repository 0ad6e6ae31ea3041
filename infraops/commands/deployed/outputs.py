"""Reading what stacks answer from their states, whatever run wrote them."""

from concurrent.futures import ThreadPoolExecutor

from infraops.commands.context.surroundings import OpenRepo, Surroundings
from infraops.commands.selection.stacks import did_you_mean
from infraops.errors import UsageError
from infraops.models.plans.contract import Outputs
from infraops.models.stacks.stack import Stack
from infraops.stations.terraform.access import outputs_in_state
from infraops.tools.terraform.driver import find_program

READERS = 4  # states read side by side


def read_outputs(stacks: tuple[Stack, ...], opened: OpenRepo, surroundings: Surroundings) -> dict[str, Outputs]:
    """Read the outputs of stacks from their states, several at once."""
    program = find_program(opened.repo.settings.terraform, surroundings.environ)

    def read(stack: Stack) -> Outputs:
        return outputs_in_state(
            stack, opened.workspace, program, environ=surroundings.environ, children=surroundings.children
        )

    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip((stack.name for stack in stacks), pool.map(read, stacks), strict=True))


def refuse_unknown_hosts(
    names: tuple[str, ...], stacks: tuple[Stack, ...], opened: OpenRepo, surroundings: Surroundings
) -> None:
    """Raise UsageError for a name that is no host of these stacks, as their states know them."""
    if not names:
        return
    known = {host.name for outputs in read_outputs(stacks, opened, surroundings).values() for host in outputs.hosts}
    for name in names:
        if name not in known:
            raise UsageError("choosing hosts", f'there is no host "{name}"', did_you_mean(name, sorted(known)))
