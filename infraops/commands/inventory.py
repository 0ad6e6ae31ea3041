"""`infraops inventory`: the hosts of an environment as an Ansible inventory, ready for `ansible-playbook -i`."""

from typing import Any

from infraops.commands.output import output
from infraops.commands.selection import Selection
from infraops.commands.surroundings import Surroundings
from infraops.errors import InfraOpsError
from infraops.tools.ansible.inventory import inventory_document


def inventory(selection: Selection, surroundings: Surroundings) -> dict[str, Any]:
    """Return the inventory of the selected stacks as the document of an inventory script (`--list`).

    Each stack is a group of its own beside the groups its module names.
    """
    stacks = output(selection, surroundings)
    document = inventory_document([host for stack in stacks for host in stack.outputs.hosts])
    if not document["all"]["hosts"]:
        names = ", ".join(stack.stack for stack in stacks)
        raise InfraOpsError("making the inventory", f"there are no hosts in {names}", "has it been applied?")
    for stack in stacks:
        if stack.outputs.hosts:
            group = stack.stack.replace("/", "_").replace("-", "_")
            document[group] = {"hosts": [host.name for host in stack.outputs.hosts]}
    return document


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
