"""The work of the apply benchmark, twice: as a control repo, and as plain Terraform directories."""

from pathlib import Path

MODULE = """\
variable "text" {
  type = string
}

resource "terraform_data" "datum" {
  input = var.text
}

output "hosts" {
  value = {}
}

output "endpoints" {
  value = {}
}

output "datum" {
  value = terraform_data.datum.output
}
"""

TEMPLATE = """\
schema: infraops/v1
name: datum
version: "1.0"
summary: One terraform_data resource, for measuring.
parameters:
  text: {type: string, required: true, used_by: [terraform]}
outputs:
  datum: {description: The text.}
local_safe: true
"""

ENVIRONMENT = """\
schema: infraops/v1
name: local
platform: local
"""

ROOT_MODULE = """\
module "service" {{
  source = "../module"
  text   = "stack {number}"
}}

output "datum" {{
  value = module.service.datum
}}
"""


def blueprint(number: int) -> str:
    """Write one independent blueprint."""
    return f"""\
schema: infraops/v1
name: s{number:03}
template: datum@1.0
owner: team-bench
parameters: {{text: stack {number}}}
environments: {{local: {{}}}}
"""


def control_repo(root: Path, *, stacks: int, program: str) -> None:
    """Write a control repo with a template of its own and so many independent stacks; Terraform is `program`."""
    files = {
        "infraops.yaml": f"schema: infraops/v1\nterraform: {{program: {program}}}\n",
        "catalog/datum/template.yaml": TEMPLATE,
        "catalog/datum/README.md": "# datum\n\nOne `terraform_data` resource.\n",
        "catalog/datum/terraform/local/main.tf": MODULE,
        "inventories/local/environment.yaml": ENVIRONMENT,
        **{f"blueprints/s{number:03}.yaml": blueprint(number) for number in range(stacks)},
    }
    _write(root, files)


def plain_directories(root: Path, *, stacks: int) -> tuple[str, ...]:
    """Write the same stacks as a Terraform user would, one root module each; return their names."""
    names = tuple(f"s{number:03}" for number in range(stacks))
    roots = {f"{name}/main.tf": ROOT_MODULE.format(number=number) for number, name in enumerate(names)}
    _write(root, {"module/main.tf": MODULE, **roots})
    return names


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
