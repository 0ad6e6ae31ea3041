"""`infraops ssh`: a shell, or one command, on a host of a stack."""

from infraops.commands.entering import enter_lab
from infraops.commands.output import output
from infraops.commands.pinning import pin
from infraops.commands.selection import Selection, did_you_mean
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.errors import UsageError
from infraops.models.answers import StackOutputs
from infraops.models.contract import Host

_DOING = "connecting"


def ssh_argv(environment: str | None, name: str, surroundings: Surroundings, command: tuple[str, ...]) -> list[str]:
    """Return the ssh command line for a host: its name, or its stack's if that has one host.

    The host's key is pinned in its stack's file below `.infraops/`; a host that has none given is one that the user's
    own known_hosts files know.
    """
    stack, host = _find(environment, name, surroundings)
    if host.connection == "local":
        raise UsageError(_DOING, f"{host.name} is this machine", "open a shell here")
    options = {"LogLevel": "ERROR", "ControlPath": "none"}
    if host.host_key is not None:
        options |= pin(stack.stack, stack.outputs.hosts, open_repo(surroundings).workspace)
    argv = ["ssh", "-p", str(host.port)]
    if host.private_key_file:
        argv += ["-i", host.private_key_file, "-o", "IdentitiesOnly=yes"]
    for key, value in options.items():
        argv += ["-o", f"{key}={value}"]
    return [*argv, f"{host.user}@{host.address}", *command]


def _find(environment: str | None, name: str, surroundings: Surroundings) -> tuple[StackOutputs, Host]:
    """Find a host by its name, by the name that the lab knows it by, or by the name of a stack that has no other."""
    enter_lab(open_repo(surroundings), surroundings)
    if "/" in name:
        environment, _, name = name.partition("/")
    stacks = output(Selection(environment=environment), surroundings)
    hosts = {host.name: (stack, host) for stack in stacks for host in stack.outputs.hosts}
    in_lab = {f"{stack.stack.partition('/')[0]}-{host.name}": (stack, host) for stack, host in hosts.values()}
    of_stack = [(stack, host) for stack in stacks if stack.stack.endswith(f"/{name}") for host in stack.outputs.hosts]
    if name in hosts:
        return hosts[name]
    if len(of_stack) == 1:
        return of_stack[0]
    if of_stack:
        hint = f"name one of: {', '.join(host.name for _, host in of_stack)}"
        raise UsageError(_DOING, f"{name} has {len(of_stack)} hosts", hint)
    if name in in_lab:
        return in_lab[name]
    raise UsageError(_DOING, f'there is no host "{name}"', did_you_mean(name, sorted(hosts)))
