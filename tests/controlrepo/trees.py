"""Control repos written from one dict, and a small catalog to write blueprints against."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from infraops.controlrepo.load import load
from infraops.errors import InvalidInput
from infraops.models.stacks.repo import ControlRepo

TEMPLATE = """\
schema: infraops/v1
name: web
version: "1.0"
summary: A web service for tests.
parameters:
  hosts: {type: integer, default: 1, min: 1, max: 10, used_by: [terraform], description: How many hosts.}
  size: {type: enum, values: [small, large], default: small, used_by: [terraform]}
  port: {type: port, default: 80}
  network: {type: cidr, used_by: [playbook]}
  token: {type: string, sensitive: true, used_by: [playbook]}
  address: {type: string, used_by: [playbook]}
outputs:
  url: {type: string, stand_in: "http://198.51.100.1"}
  ports: {type: list, stand_in: [80]}
playbook: playbook.yml
"""

VARIABLES = """\
variable "stack" { type = string }
variable "hosts" { type = number }
variable "size" { type = string }
variable "port" { type = number }
"""

OUTPUTS = """\
output "hosts" { value = {} }
output "endpoints" { value = {} }
output "url" { value = "" }
output "ports" { value = [] }
"""

CATALOG = {
    "web/template.yaml": TEMPLATE,
    "web/playbook.yml": "- hosts: all\n  tasks: []\n",
    "web/terraform/lab/main.tf": VARIABLES + OUTPUTS,
    "web/terraform/aws/main.tf": VARIABLES + OUTPUTS,
}

ENVIRONMENT = """\
schema: infraops/v1
name: {name}
platform: {platform}
"""

BLUEPRINT = """\
schema: infraops/v1
name: shop
template: web@1.0
owner: team-shop
environments: {lab: {}}
"""

REPO = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/lab/environment.yaml": ENVIRONMENT.format(name="lab", platform="lab"),
    "inventories/prod/environment.yaml": ENVIRONMENT.format(name="prod", platform="aws"),
    "blueprints/shop.yaml": BLUEPRINT,
}


def write_tree(directory: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by relative path below a directory, and return it."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory


def load_tree(directory: Path, changes: Mapping[str, str | bytes] = MappingProxyType({})) -> ControlRepo:
    """Write the small repo with some files changed or added, and the small catalog, and load them."""
    catalog = {name.removeprefix("built-in/"): text for name, text in changes.items() if name.startswith("built-in/")}
    files = {name: text for name, text in changes.items() if not name.startswith("built-in/")}
    root = write_tree(directory / "repo", {**REPO, **files})
    return load(root, built_in=write_tree(directory / "built-in", {**CATALOG, **catalog}))


def mistakes_in(directory: Path, changes: Mapping[str, str | bytes]) -> list[str]:
    """Load the small repo with some files changed, and return its mistakes as the user reads them."""
    try:
        load_tree(directory, changes)
    except InvalidInput as invalid:
        return [str(mistake).replace(str(directory / "built-in"), "built-in") for mistake in invalid.mistakes]
    return []


def blueprint(text: str = "", **replaced: str) -> str:
    """Return the small blueprint with keys replaced (an empty text takes one out) and `text` added at its end."""
    lines = []
    for line in BLUEPRINT.splitlines():
        key = line.partition(":")[0]
        if key not in replaced:
            lines.append(line)
        elif replaced[key]:
            lines.append(f"{key}: {replaced[key]}")
    return "\n".join(lines) + "\n" + text
