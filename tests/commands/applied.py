"""A control repo whose hosts are there already, as its Terraform states tell; nothing was made."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infraops.models.basics.workspace import workspace_of
from infraops.models.plans.contract import Host

_BLUEPRINT = (
    "schema: infraops/v1\nname: {name}\ntemplate: host-group@1.0\nowner: us\nenvironments: {{{environments}}}\n"
)
_ENVIRONMENT = "schema: infraops/v1\nname: {name}\nplatform: static\nhosts:\n{hosts}"


def make_applied(root: Path, environ: Mapping[str, str], stacks: Mapping[str, tuple[Host, ...]]) -> Path:
    """Write a control repo with these stacks (`environment/blueprint` → hosts), and a state for each that has hosts."""
    deployed: dict[str, list[str]] = {}
    machines: dict[str, str] = {}
    for stack, hosts in stacks.items():
        environment, _, blueprint = stack.partition("/")
        deployed.setdefault(blueprint, []).append(environment)
        listed = "".join(f"    {host.name}: {{address: {host.address}}}\n" for host in hosts)
        machines[environment] = machines.get(environment, "") + f"  {blueprint}:\n{listed or '    a: {address: a}'}\n"
        if hosts:
            state = workspace_of(root, environ).terraform_state / f"{stack}.tfstate"
            outputs = {"hosts": {"value": {host.name: _described(host) for host in hosts}, "type": "dynamic"}}
            _write(state, json.dumps({"version": 4, "terraform_version": "1.9.0", "serial": 1, "outputs": outputs}))
    _write(root / "infraops.yaml", "schema: infraops/v1\n")
    for environment, text in machines.items():
        _write(root / f"inventories/{environment}/environment.yaml", _ENVIRONMENT.format(name=environment, hosts=text))
    for blueprint, environments in deployed.items():
        listed = ", ".join(f"{environment}: {{}}" for environment in environments)
        _write(root / f"blueprints/{blueprint}.yaml", _BLUEPRINT.format(name=blueprint, environments=listed))
    return root


def _described(host: Host) -> dict[str, Any]:
    return {
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "groups": list(host.groups),
        "vars": dict(host.vars),
        "host_key": host.host_key,
        "private_key_file": host.private_key_file,
        "connection": host.connection,
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
