"""Control repos written from one dict, and a small catalog to write blueprints against."""

from collections.abc import Mapping
from pathlib import Path

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
environments:
  lab: {}
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
