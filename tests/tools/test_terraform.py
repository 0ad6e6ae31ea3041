"""The whole way of a stack through real Terraform."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infraops.models.plan import Action
from infraops.models.stack import Stack
from infraops.models.workspace import workspace_of
from infraops.render.stack import render, template_directory
from infraops.tools.files import copy_template, write
from infraops.tools.terraform import Program, Terraform, site_of
from tests.render.stacks import make_stack, make_template

MODULE = """\
variable "stack" {
  type = string
}
variable "size" {
  type = string
}
resource "terraform_data" "machine" {
  input            = { size = var.size, name = var.stack }
  triggers_replace = var.size
}
output "hosts" {
  value = { one = { address = "192.0.2.1", port = 2222, user = "ops", groups = ["app"], vars = { rank = 1 } } }
}
output "endpoints" {
  value = { web = "http://192.0.2.1:80" }
}
output "size" {
  value = terraform_data.machine.output.size
}
"""
PARAMETERS = {"size": {"type": "string"}}
Prepare = Callable[..., tuple[Terraform, Path]]


@pytest.fixture
def prepare(tmp_path: Path, program: Program, environ: Mapping[str, str]) -> Prepare:
    """Render a stack as the render station does and return its Terraform and a place for plan files."""

    def prepared(stack: Stack, **options: Any) -> tuple[Terraform, Path]:
        workspace = workspace_of(tmp_path / "repo", environ)
        copy_template(stack.template.directory, workspace.scratch / "templates" / template_directory(stack))
        site = site_of(stack, workspace)
        write(render(stack), site.directory)
        plans = tmp_path / "run"
        plans.mkdir(exist_ok=True)
        return Terraform(program, site, environ=environ, **options), plans / "plan"

    return prepared


def test_a_stack_is_made_changed_and_destroyed(tmp_path: Path, prepare: Prepare) -> None:
    template = make_template(tmp_path / "repo", MODULE, parameters=PARAMETERS, outputs={"size": {}})
    terraform, plan = prepare(make_stack(tmp_path / "repo", template, size="small"))
    assert terraform.init().ran
    assert not terraform.init().ran
    assert terraform.outputs().values == {}

    assert terraform.plan(plan).changes
    shown = terraform.show(plan)
    assert [(c.address, c.action) for c in shown.changes] == [("module.service.terraform_data.machine", Action.CREATE)]
    assert shown.planned_outputs["endpoints"] == {"web": "http://192.0.2.1:80"}
    assert "size" not in shown.planned_outputs
    assert plan.stat().st_mode & 0o777 == 0o600

    applied = terraform.apply(plan)
    assert (applied.added, applied.changed, applied.destroyed) == (1, 0, 0)
    assert applied.outputs == terraform.outputs()
    (host,) = applied.outputs.hosts
    assert (host.name, host.address, host.port, host.groups, host.vars) == (
        "one",
        "192.0.2.1",
        2222,
        ("app",),
        {"rank": 1},
    )
    assert applied.outputs.values == {"size": "small"}

    assert not terraform.plan(plan).changes
    assert terraform.show(plan).empty

    terraform, plan = prepare(make_stack(tmp_path / "repo", template, size="large"))
    assert not terraform.init().ran
    terraform.plan(plan)
    (change,) = terraform.show(plan).changes
    assert change.action is Action.REPLACE
    forcing = [attribute for attribute in change.attributes if attribute.forces_replacement]
    assert [(a.path, a.before, a.after) for a in forcing] == [("triggers_replace", "small", "large")]

    terraform.plan(plan, destroy=True)
    assert terraform.show(plan).counts.delete == 1
    assert terraform.apply(plan).destroyed == 1
    assert terraform.outputs().hosts == ()
