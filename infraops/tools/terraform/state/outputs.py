"""A root module's outputs as the contract that the later stations live on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host, Outputs

STATE_VERSION = 4


def outputs_of(document: Mapping[str, Any], *, stack: str) -> Outputs:
    """Read outputs as `terraform output -json` writes them: name → {value, sensitive}.

    Raises InfraOpsError where `hosts` or `endpoints` is not what the contract says.
    """
    values = {name: output.get("value") for name, output in document.items()}
    hosts = values.pop("hosts", None) or {}
    endpoints = values.pop("endpoints", None) or {}
    if not isinstance(hosts, Mapping) or not isinstance(endpoints, Mapping):
        raise _breach(stack, "outputs hosts and endpoints must be maps")
    return Outputs(
        hosts=tuple(_host(name, described, stack) for name, described in sorted(hosts.items())),
        endpoints={name: str(url) for name, url in endpoints.items() if url is not None},
        values=values,
        sensitive=frozenset(name for name, output in document.items() if output.get("sensitive")),
    )


def outputs_in(state: Path) -> Mapping[str, Any] | None:
    """Read the outputs from a state file; None where it is in a form that only Terraform itself can read."""
    try:
        document = json.loads(state.read_bytes())
    except (OSError, ValueError):
        return None
    known = isinstance(document, dict) and document.get("version") == STATE_VERSION
    outputs = document.get("outputs") if known else None
    return outputs if isinstance(outputs, dict) else None


def _host(name: str, described: Any, stack: str) -> Host:
    if not isinstance(described, Mapping) or not described.get("address"):
        raise _breach(stack, f"output hosts: {name} has no address")
    groups, variables = described.get("groups") or (), described.get("vars") or {}
    if not isinstance(groups, list | tuple):
        raise _breach(stack, f"output hosts: the groups of {name} are not a list")
    if not isinstance(variables, Mapping):
        raise _breach(stack, f"output hosts: the vars of {name} are not a map")
    try:
        port = int(described.get("port") or 22)
    except (TypeError, ValueError) as error:
        raise _breach(stack, f"output hosts: the port of {name} is {described['port']!r}") from error
    host_key, first_use = described.get("host_key"), described.get("first_use") or False
    if not isinstance(first_use, bool):
        raise _breach(stack, f"output hosts: first_use of {name} is {first_use!r}; it is true or false")
    texts = {key: described.get(key) for key in ("user", "host_key", "private_key_file", "connection")}
    return Host(
        name=name,
        address=str(described["address"]),
        port=port,
        groups=tuple(str(group) for group in groups),
        vars=dict(variables),
        first_use=first_use,
        identity=str(described.get("identity") or host_key or ""),
        **{key: str(value) for key, value in texts.items() if value is not None},
    )


def _breach(stack: str, problem: str) -> InfraOpsError:
    return InfraOpsError(
        f"reading the outputs of {stack}", problem, "the template's module breaks the contract; see its outputs.tf"
    )
