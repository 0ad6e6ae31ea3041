"""`infraops ssh`: a shell, or one command, on a host of a stack."""

from collections.abc import Callable

from infraops.commands.context.entering import enter_lab
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.deployed.host_keys import pin, with_accepted_keys
from infraops.commands.output import output
from infraops.commands.selection.stacks import Selection, did_you_mean
from infraops.errors import InfraOpsError, UsageError
from infraops.models.basics.workspace import Workspace
from infraops.models.plans.contract import Host
from infraops.models.reports.answers import StackOutputs
from infraops.processes import Children
from infraops.tools.greeting import greet, login_argv
from infraops.tools.host_keys import fingerprint, is_for_first_use, keep, with_kept_keys
from infraops.tools.ssh import known_to_user

_DOING = "connecting"
_NO_KEY = "its key would be accepted on first use, but nothing shows one; is the way to it open?"


def ssh_argv(
    environment: str | None,
    name: str,
    surroundings: Surroundings,
    command: tuple[str, ...],
    *,
    say: Callable[[str], None],
) -> list[str]:
    """Return the ssh command line for a host: its name, or its stack's if that has one host.

    It goes the way that Ansible goes. The host's key is pinned in its stack's file below `.infraops/`; a host that has
    none given is one that the user's own known_hosts files know, or one of first use: `say` is told of a key accepted.
    """
    stack, host = _find(environment, name, surroundings)
    if host.connection == "local":
        raise UsageError(_DOING, f"{host.name} is this machine", "open a shell here")
    options = {"LogLevel": "ERROR", "ControlPath": "none"}
    workspace = open_repo(surroundings).workspace
    if is_for_first_use(host):
        _meet(stack.stack, host, workspace, surroundings, say)
    hosts = with_accepted_keys(stack.stack, stack.outputs.hosts, workspace)
    if any(each.name == host.name and each.host_key is not None for each in hosts):
        options |= pin(stack.stack, hosts, workspace)
    return [*login_argv(host, options), *command]


def _meet(stack: str, host: Host, workspace: Workspace, surroundings: Surroundings, say: Callable[[str], None]) -> None:
    """Accept the key of a host of first use that nobody has seen yet, and say so."""
    directory = workspace.host_keys / stack
    if not is_for_first_use(*with_kept_keys((host,), directory)):
        return
    environ = surroundings.environ
    (met,) = greet((host,), seconds=0, environ=environ, children=Children(), unpinned=known_to_user(environ))
    if met.key is None:
        raise InfraOpsError(f"connecting to {host.name}", met.reason or "it shows no host key", _NO_KEY)
    if keep(host, met.key, directory) is None:
        say(f"host {host.name}: key {fingerprint(met.key)} accepted on first use")


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
