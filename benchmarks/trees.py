"""The work of the benchmarks, as a control repo and as others hold it: plain Terraform directories, Kapitan, Runway."""

import json
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


WORKING_MODULE = """\
variable "text" {
  type = string
}

resource "terraform_data" "datum" {
  input = var.text

  provisioner "local-exec" {
    command = "sleep 1"
  }
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


def levels_repo(root: Path, *, levels: int, width: int, program: str) -> None:
    """Write an estate in levels: each stack takes a value of one stack of the level before, and waits for another.

    What a stack makes takes a second, as a cloud does.
    """
    control_repo(root, stacks=0, program=program)
    files = {
        "catalog/datum/template.yaml": TEMPLATE.replace("{description: The text.}", '{stand_in: "not real yet"}'),
        "catalog/datum/terraform/local/main.tf": WORKING_MODULE,
    }
    for number in range(levels * width):
        text = blueprint(number)
        if number >= width:
            place, above = number % width, number - number % width - width
            needs = f"inputs: {{text: s{above + place:03}.datum}}\ndepends_on: [s{above + (place + 1) % width:03}]\n"
            text = text.replace(f"parameters: {{text: stack {number}}}\n", needs)
        files[f"blueprints/s{number:03}.yaml"] = text
    _write(root, files)


def plain_directories(root: Path, *, stacks: int) -> tuple[str, ...]:
    """Write the same stacks as a Terraform user would, one root module each; return their names."""
    names = tuple(f"s{number:03}" for number in range(stacks))
    roots = {f"{name}/main.tf": ROOT_MODULE.format(number=number) for number, name in enumerate(names)}
    _write(root, {"module/main.tf": MODULE, **roots})
    return names


KAPITAN_CLASS = """\
parameters:
  kapitan:
    compile:
      - {output_path: ., input_type: jinja2, input_paths: [templates/main.tf]}
"""

KAPITAN_TEMPLATE = """\
module "service" {
  source = "../../module"
  text   = "{{ inventory.parameters.text }}"
}

output "datum" {
  value = module.service.datum
}
"""


def kapitan_inventory(root: Path, *, targets: int) -> None:
    """Write so many Kapitan targets, each of which compiles to one root module."""
    declared = {
        f"inventory/targets/s{number:03}.yml": (
            f"classes: [stack]\nparameters:\n  kapitan: {{vars: {{target: s{number:03}}}}}\n  text: stack {number}\n"
        )
        for number in range(targets)
    }
    _write(root, {"inventory/classes/stack.yml": KAPITAN_CLASS, "templates/main.tf": KAPITAN_TEMPLATE, **declared})


def runway_deployment(root: Path, *, stacks: int) -> None:
    """Write a Runway deployment of so many root modules that do not wait for each other."""
    names = [f"s{number:03}" for number in range(stacks)]
    module = ROOT_MODULE.format(number=0).replace('"stack 0"', "var.text")
    backend = 'terraform {\n  backend "local" {}\n}\n\nvariable "text" {\n  type = string\n}\n\n'
    listed = [{"path": f"{name}.tf", "parameters": {"text": f"stack {name}"}} for name in names]
    deployment = {"deployments": [{"modules": [{"parallel": listed}], "regions": ["local"]}]}
    roots = {f"{name}.tf/main.tf": backend + module for name in names}
    # JSON is YAML.
    _write(root, {"module/main.tf": MODULE, "runway.yml": json.dumps(deployment, indent=1), **roots})


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
