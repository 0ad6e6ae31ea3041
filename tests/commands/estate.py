"""A small control repo of stacks that need nothing but Terraform itself."""

from collections.abc import Callable, Mapping
from pathlib import Path

from infraops.commands.context.surroundings import Surroundings
from infraops.models.runs.events import Event
from infraops.stations.bench.job import Ask, Question

SETTINGS = "schema: infraops/v1\n"
ENVIRONMENT = "schema: infraops/v1\nname: local\nplatform: local\n"
TEMPLATE = """\
schema: infraops/v1
name: trial
version: "1.0"
summary: A value that is kept by Terraform.
local_safe: true
parameters:
  value: {type: string, default: "", used_by: [terraform]}
  follows: {type: string, default: "", used_by: [terraform]}
  broken: {type: boolean, default: false, used_by: [terraform]}
outputs:
  id: {type: string, stand_in: "not-real-yet"}
"""
MODULE = """\
variable "value" {
  type    = string
  default = ""
}

variable "follows" {
  type    = string
  default = ""
}

variable "broken" {
  type    = bool
  default = false
}

resource "terraform_data" "value" {
  input            = var.value
  triggers_replace = var.follows

  lifecycle {
    precondition {
      condition     = !var.broken
      error_message = "This one is broken on purpose."
    }
  }
}

output "id" {
  value = terraform_data.value.id
}

output "hosts" {
  value = {}
}

output "endpoints" {
  value = {}
}
"""


def blueprint(name: str, *, parameters: str = "{}", inputs: str = "{}", depends_on: str = "[]") -> str:
    """Write a blueprint of the template `trial`."""
    return (
        f"schema: infraops/v1\nname: {name}\ntemplate: trial@1.0\nowner: team-trial\nparameters: {parameters}\n"
        f"inputs: {inputs}\ndepends_on: {depends_on}\nenvironments: {{local: {{}}}}\n"
    )


def make_estate(root: Path, blueprints: Mapping[str, str], *, environment: str = ENVIRONMENT) -> Path:
    """Write a control repo with these blueprints (name → text) at `root`."""
    files = {
        "infraops.yaml": SETTINGS,
        "inventories/local/environment.yaml": environment,
        "catalog/trial/template.yaml": TEMPLATE,
        "catalog/trial/README.md": "# trial\n",
        "catalog/trial/terraform/local/main.tf": MODULE,
        **{f"blueprints/{name}.yaml": text for name, text in blueprints.items()},
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def surroundings(root: Path, home: Path, *, ask: Ask | None = None, events: list[Event] | None = None) -> Surroundings:
    """Return the surroundings of a command called at `root` by a user whose home is `home`; all is approved."""
    report: Callable[[Event], None] = (lambda _: None) if events is None else events.append
    environ = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    return Surroundings(directory=root, environ=environ, report=report, ask=ask or _yes)


def _yes(question: Question) -> bool:
    return True
