"""What Ansible is handed: the play and the group variables, in which no value is ever taken for a template."""

import json
from collections.abc import Mapping
from typing import Any

from infraops.models.files.template import Consumer
from infraops.models.stacks.stack import Stack

_RESERVED = frozenset({"__ansible_unsafe", "__ansible_vault"})


def play(reference: str) -> str:
    """Write a play that imports one playbook; `reference` is relative to the stack's directory.

    The path is marked unsafe, so that a file name with braces in it is no template.
    """
    reference.encode()
    quoted = json.dumps(reference)
    return (
        "# Rendered by infraops. Changes made here are lost: the blueprint and its template are the source.\n"
        "---\n"
        f"- import_playbook: !unsafe {quoted}\n"
    )


def group_vars(stack: Stack) -> dict[str, Any]:
    """Return the group variables of a stack's hosts: plain values as data, secrets as look-ups of the environment."""
    declared = stack.template.file.parameters
    plain = {
        name: as_data(value)
        for name, value in stack.parameters.items()
        if Consumer.PLAYBOOK in declared[name].used_by and name not in stack.secrets
    }
    secrets = {name: secret_lookup(name) for name in stack.secrets if Consumer.PLAYBOOK in declared[name].used_by}
    return {**plain, **secrets}


def as_data(value: Any) -> Any:
    """Mark every string in a JSON-like value so that Ansible takes it as it is and never evaluates it.

    Raises `ValueError` for maps whose keys Ansible's JSON reader would take for marks of its own.
    """
    match value:
        case str():
            return {"__ansible_unsafe": value}
        case Mapping():
            if reserved := sorted(_RESERVED & value.keys()):
                raise ValueError(f'the map key "{reserved[0]}" has a meaning of its own to Ansible')
            return {key: as_data(item) for key, item in value.items()}
        case list() | tuple():
            return [as_data(item) for item in value]
        case _:
            return value


def secret_variable(name: str, part: int | None = None) -> str:
    """Name the environment variable that carries a secret parameter to the playbook.

    `part` tells the stacks of a shared run apart; as no name begins with a digit, no two are ever the same. Nor are
    those of names that differ only in case.
    """
    told_apart = name.upper() if name == name.lower() else f"as_{name}"
    return f"INFRAOPS_SECRET_{'' if part is None else f'{part}_'}{told_apart}"


def secret_lookup(name: str, part: int | None = None) -> str:
    """Write the Ansible expression that reads a secret parameter from the environment of the controller."""
    return f"{{{{ lookup('ansible.builtin.env', '{secret_variable(name, part)}') }}}}"
