"""The Ansible inventory of a stack's hosts, as the JSON document that an inventory script prints.

Ansible templates the strings of an inventory. What comes from blueprints and Terraform is data, so every string that
looks like a template is wrapped in `__ansible_unsafe`, which Ansible's JSON decoders turn into a string that is never
templated. The look-ups of secrets are ours and stay bare.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.contract import Host

SECRET_PREFIX = "INFRAOPS_SECRET_"  # noqa: S105 - the name of a variable, not a secret
_TEMPLATE_MARKS = ("{{", "{%", "{#")
_TAGS = frozenset({"__ansible_unsafe", "__ansible_vault"})
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOING = "making the inventory"


def secret_variable(name: str) -> str:
    """Name the environment variable that carries the secret `name` to Ansible."""
    return SECRET_PREFIX + name.upper()


def secret_lookup(name: str) -> str:
    """Return the template by which Ansible reads the secret `name` when it needs it, so that it is never written."""
    return "{{ lookup('ansible.builtin.env', '" + secret_variable(name) + "') }}"


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


def variables_document(variables: Mapping[str, Any], *, secrets: Collection[str] = ()) -> dict[str, Any]:
    """Return variables as Ansible's JSON: `variables` as data, `secrets` as look-ups by name."""
    _refuse_bad_identifiers([*variables, *secrets])
    document = {name: as_data(value) for name, value in variables.items()}
    return document | {name: secret_lookup(name) for name in secrets}


def host_variables(host: Host) -> dict[str, Any]:
    """Return a host's variables: the module's own, and how Ansible reaches it (which the module's cannot override)."""
    _refuse_bad_identifiers(host.vars)
    reach: dict[str, Any] = {"ansible_host": host.address, "ansible_connection": host.connection}
    if host.connection != "local":
        reach |= {"ansible_port": host.port, "ansible_user": host.user}
        if host.private_key_file:
            reach["ansible_ssh_private_key_file"] = host.private_key_file
    return {name: as_data(value) for name, value in {**host.vars, **reach}.items()}


def as_data(value: Any) -> Any:
    """Return a JSON value in which nothing is a template to Ansible.

    Raises InfraOpsError where a map's key is one that Ansible gives a meaning, or holds a template.
    """
    if isinstance(value, str):
        return {"__ansible_unsafe": value} if _looks_like_template(value) else value
    if isinstance(value, Mapping):
        for key in value:
            if key in _TAGS or _looks_like_template(str(key)):
                raise InfraOpsError(_DOING, f"a value has the key {key!r}, which Ansible would not take as data")
        return {str(key): as_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_data(item) for item in value]
    return value


def _looks_like_template(text: str) -> bool:
    return any(mark in text for mark in _TEMPLATE_MARKS)


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
