"""`infraops inventory`: the hosts of an environment as an Ansible inventory, ready for `ansible-playbook -i`."""

import shlex
from dataclasses import replace
from typing import Any

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.deployed.host_keys import pin, with_accepted_keys
from infraops.commands.output import output
from infraops.commands.selection.stacks import Selection
from infraops.errors import InfraOpsError
from infraops.models.basics.workspace import Workspace
from infraops.models.plans.contract import Host
from infraops.models.reports.answers import StackOutputs
from infraops.tools.ansible.inventory import inventory_document

_SSH_WORDS = "ansible_ssh_common_args"


def inventory(selection: Selection, surroundings: Surroundings) -> dict[str, Any]:
    """Return the inventory of the selected stacks as the document of an inventory script (`--list`).

    Each stack is a group of its own beside the groups its module names. Hosts with a pinned key are handed to Ansible
    with it, in a file below `.infraops/`.
    """
    stacks = output(selection, surroundings)
    workspace = open_repo(surroundings).workspace
    document = inventory_document([host for stack in stacks for host in _pinned(stack, workspace)])
    if not document["all"]["hosts"]:
        names = ", ".join(stack.stack for stack in stacks)
        raise InfraOpsError("making the inventory", f"there are no hosts in {names}", "has it been applied?")
    for stack in stacks:
        if stack.outputs.hosts:
            group = stack.stack.replace("/", "_").replace("-", "_")
            document[group] = {"hosts": [host.name for host in stack.outputs.hosts]}
    return document


def _pinned(stack: StackOutputs, workspace: Workspace) -> tuple[Host, ...]:
    hosts = with_accepted_keys(stack.stack, stack.outputs.hosts, workspace)
    if all(host.host_key is None or host.connection == "local" for host in hosts):
        return hosts
    # Ansible takes the words apart as a shell does, and ssh then its own value.
    words = shlex.join(f"-o{key}={value}" for key, value in pin(stack.stack, hosts, workspace).items())
    return tuple(
        host if host.host_key is None or host.connection == "local" else replace(host, vars=_with(host, words))
        for host in hosts
    )


def _with(host: Host, words: str) -> dict[str, Any]:
    given = host.vars.get(_SSH_WORDS)  # a module's own, for a jump host say
    return {**host.vars, _SSH_WORDS: f"{given} {words}" if isinstance(given, str) and given else words}


def as_file(document: dict[str, Any]) -> dict[str, Any]:
    """Return an inventory script's document in the form of an inventory file, which `ansible-playbook -i` reads."""
    variables = document["_meta"]["hostvars"]
    everything = document["all"]
    groups = {name: group for name, group in document.items() if name not in ("_meta", "all")}
    return {
        "all": {
            "hosts": {host: variables.get(host, {}) for host in everything["hosts"]},
            "vars": everything.get("vars", {}),
            "children": {
                name: {"hosts": {host: {} for host in group["hosts"]}} for name, group in sorted(groups.items())
            },
        }
    }


def variables_of_host(document: dict[str, Any], host: str) -> dict[str, Any]:
    """Return one host's variables (`--host`), none for a host the inventory does not know, as Ansible expects."""
    variables: dict[str, Any] = document["_meta"]["hostvars"].get(host, {})
    return variables
