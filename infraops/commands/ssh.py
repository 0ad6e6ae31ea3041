"""`infraops ssh`: a shell, or one command, on a host of a stack."""

from infraops.commands.output import output
from infraops.commands.selection import Selection, did_you_mean
from infraops.commands.surroundings import Surroundings, enter_lab, open_repo
from infraops.errors import UsageError
from infraops.models.contract import Host
from infraops.tools.files import write_file
from infraops.tools.ssh import known_hosts


def ssh_argv(environment: str | None, name: str, surroundings: Surroundings, command: tuple[str, ...]) -> list[str]:
    """Return the ssh command line for a host: its name, or its stack's if that has one host.

    The host's key is pinned in a file of its own below `.infraops/`.
    """
    host = _find(environment, name, surroundings)
    if host.connection == "local":
        raise UsageError("connecting", f"{host.name} is this machine", "open a shell here")
    pinned = open_repo(surroundings).workspace.scratch / "known_hosts" / host.name
    write_file(pinned, known_hosts([host]), mode=0o600)
    options = {
        "UserKnownHostsFile": str(pinned),
        "StrictHostKeyChecking": "yes",
        "LogLevel": "ERROR",
        "ControlPath": "none",
    }
    argv = ["ssh", "-p", str(host.port)]
    if host.private_key_file:
        argv += ["-i", host.private_key_file, "-o", "IdentitiesOnly=yes"]
    for key, value in options.items():
        argv += ["-o", f"{key}={value}"]
    return [*argv, f"{host.user}@{host.address}", *command]


def _find(environment: str | None, name: str, surroundings: Surroundings) -> Host:
    enter_lab(open_repo(surroundings), surroundings)
    if "/" in name:
        environment, _, name = name.partition("/")
    stacks = output(Selection(environment=environment), surroundings)
    hosts = {host.name: host for stack in stacks for host in stack.outputs.hosts}
    of_stack = [host for stack in stacks if stack.stack.endswith(f"/{name}") for host in stack.outputs.hosts]
    if name in hosts:
        return hosts[name]
    if len(of_stack) == 1:
        return of_stack[0]
    if of_stack:
        hint = f"name one of: {', '.join(host.name for host in of_stack)}"
        raise UsageError("connecting", f"{name} has {len(of_stack)} hosts", hint)
    raise UsageError("connecting", f'there is no host "{name}"', did_you_mean(name, sorted(hosts)))
