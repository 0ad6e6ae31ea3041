"""The Ansible inventory of a stack's hosts, as the JSON document that an inventory script prints.

Ansible templates the strings of an inventory. What comes from blueprints and Terraform is data, so every string of it
is wrapped in `__ansible_unsafe`, which Ansible's JSON decoders turn into a string that is never templated; every one,
because a string needs no braces to be a template (`#jinja2:variable_start_string:'[['`). The look-ups of secrets are
ours and stay bare.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.render.play import as_data, secret_lookup

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ADDRESS = re.compile(r"[A-Za-z0-9_\[:][A-Za-z0-9_.:%\]-]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOING = "making the inventory"


def inventory_document(
    hosts: Sequence[Host], *, variables: Mapping[str, Any] | None = None, secrets: Collection[str] = ()
) -> dict[str, Any]:
    """Return the document that answers `--list`: groups with their hosts, and every host's variables in `_meta`.

    `variables` are those of the group `all`; `secrets` are names that become look-ups there. Values are data: nothing
    in them is templated. Raises InfraOpsError where a name cannot be one in Ansible.
    """
    groups: dict[str, list[str]] = {}
    for host in hosts:
        _refuse_bad_name("host", host.name)
        for group in host.groups:
            _refuse_bad_name("group", group)
            if group not in ("all", "ungrouped"):
                groups.setdefault(group, []).append(host.name)
    shared = variables_document(variables or {}, secrets=secrets)
    return {
        "_meta": {"hostvars": {host.name: host_variables(host) for host in hosts}},
        "all": {"hosts": [host.name for host in hosts], "vars": shared},
        **{name: {"hosts": groups[name]} for name in sorted(groups)},
    }


def variables_document(
    variables: Mapping[str, Any], *, secrets: Collection[str] = (), part: int | None = None
) -> dict[str, Any]:
    """Return variables as Ansible's JSON: `variables` as data, `secrets` as look-ups by name (in a part of a run)."""
    _refuse_bad_identifiers([*variables, *secrets])
    document = {name: _data(name, value) for name, value in variables.items()}
    return document | {name: secret_lookup(name, part) for name in secrets}


def host_variables(host: Host) -> dict[str, Any]:
    """Return a host's variables: the module's own, and how Ansible reaches it (which the module's cannot override)."""
    _refuse_bad_identifiers(host.vars)
    if not _ADDRESS.fullmatch(host.address) or not _USER.fullmatch(host.user):
        raise InfraOpsError(
            _DOING, f"{host.name} has an address or a user that cannot be one: {host.user}@{host.address}"
        )
    reach: dict[str, Any] = {"ansible_host": host.address, "ansible_connection": host.connection}
    if host.connection != "local":
        reach |= {"ansible_port": host.port, "ansible_user": host.user}
        if host.private_key_file:
            reach["ansible_ssh_private_key_file"] = host.private_key_file
    return {name: _data(name, value) for name, value in {**host.vars, **reach}.items()}


def _data(name: str, value: Any) -> Any:
    try:
        return as_data(value)
    except ValueError as error:
        raise InfraOpsError(_DOING, f"the variable {name!r}: {error}") from error


def _refuse_bad_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InfraOpsError(
            _DOING,
            f"the {what} name {name!r} has characters that mean something else to Ansible",
            "use letters, digits, '-', '_' and '.'",
        )


def _refuse_bad_identifiers(names: Iterable[str]) -> None:
    for name in names:
        if not _IDENTIFIER.fullmatch(name):
            raise InfraOpsError(_DOING, f"{name!r} cannot be a variable's name", "use letters, digits and '_'")
