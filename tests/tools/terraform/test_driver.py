"""The whole way of a stack through real Terraform."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infraops.errors import InfraOpsError
from infraops.models.plans.plan import Action
from infraops.models.stacks.stack import InputReference, SecretReference, Stack
from infraops.processes import ProcessIdentity, Watch
from infraops.tools.terraform.messages.events import Diagnostic, Phase, ResourceEvent, TerraformEvent
from infraops.tools.terraform.plans.reading import Reading
from infraops.tools.terraform.state.backend import backend_settings, backup_state
from tests.render.stacks import make_stack, make_template
from tests.tools.terraform.bench import Bench

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
SECRET = 'se"cr${et}%{x'


def machine(bench: Bench, size: str = "small", module: str = MODULE, **described: Any) -> Stack:
    template = make_template(bench.root, module, parameters={"size": {"type": "string"}}, outputs={"size": {}})
    return make_stack(bench.root, template, size=size)


def secretive(bench: Bench, body: str) -> Stack:
    """A stack with a secret, a sensitive input, and whatever `body` makes of them."""
    module = (
        'variable "password" {\n  sensitive = true\n}\n'
        'variable "url" {\n  sensitive = true\n}\n' + body + 'output "password" {\n  value = var.password\n}\n'
        'output "url" {\n  value = var.url\n}\noutput "open" {\n  value = "open"\n}\n'
    )
    template = make_template(
        bench.root,
        module,
        parameters={"password": {"type": "string", "sensitive": True}},
        outputs={"password": {"sensitive": True}, "url": {"sensitive": True}, "open": {}},
    )
    return make_stack(
        bench.root,
        template,
        secrets={"password": SecretReference("env", "PASSWORD")},
        inputs={"url": InputReference("lab/db", "url", sensitive=True)},
    )


def test_a_stack_is_made_changed_and_destroyed(bench: Bench) -> None:
    terraform, plan = bench.prepare(machine(bench)), bench.plan_file()
    assert terraform.outputs().values == {}
    assert terraform.init().ran
    assert not terraform.init().ran

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
    assert (host.name, host.address, host.port, host.groups) == ("one", "192.0.2.1", 2222, ("app",))
    assert applied.outputs.values == {"size": "small"}

    assert not terraform.plan(plan).changes
    shown = terraform.show(plan)
    assert shown.empty
    assert shown.planned_outputs["size"] == "small"

    terraform = bench.prepare(machine(bench, "large"))
    assert not terraform.init().ran
    terraform.plan(plan)
    (change,) = terraform.show(plan).changes
    assert (change.action, change.reason) == (Action.REPLACE, "replace_because_cannot_update")
    forcing = [attribute for attribute in change.attributes if attribute.forces_replacement]
    assert [(a.path, a.before, a.after) for a in forcing] == [("triggers_replace", "small", "large")]
    assert [a.path for a in change.attributes if a.unknown_after] == ["id", "output"]

    terraform.plan(plan, destroy=True)
    assert terraform.show(plan).counts.delete == 1
    assert terraform.apply(plan).destroyed == 1
    assert terraform.outputs().hosts == ()


def test_a_plan_that_changes_nothing_is_not_looked_into(bench: Bench) -> None:
    started: list[ProcessIdentity] = []
    twice = MODULE + 'resource "terraform_data" "old" {\n}\n'
    terraform, plan = bench.prepare(machine(bench, module=twice), watch=Watch(started.append)), bench.plan_file()
    terraform.init()
    first = terraform.plan(plan)
    assert not first.quiet
    assert terraform.read(first) == terraform.show(plan)
    terraform.apply(plan)
    again = terraform.plan(plan)
    assert again.quiet
    started.clear()
    assert terraform.read(again, Reading(["url"])) == replace(terraform.show(plan, Reading(["url"])), changes=())
    assert len(started) == 1  # of `show`, by which it is compared

    moved = twice.replace('"old"', '"new"') + "moved {\n  from = terraform_data.old\n  to = terraform_data.new\n}\n"
    terraform = bench.prepare(machine(bench, module=moved))
    assert terraform.read(terraform.plan(plan)).moved == ("module.service.terraform_data.new",)


def test_what_terraform_asks_for_by_address(bench: Bench) -> None:
    twice = MODULE + 'resource "terraform_data" "other" {\n}\n'
    terraform, plan = bench.prepare(machine(bench, module=twice)), bench.plan_file()
    terraform.init()
    terraform.plan(plan, targets=["module.service.terraform_data.other"])
    assert [change.address for change in terraform.show(plan).changes] == ["module.service.terraform_data.other"]
    terraform.plan(plan)
    terraform.apply(plan)
    terraform.plan(plan, replace=["module.service.terraform_data.other"])
    assert terraform.show(plan).counts.replace == 1
    terraform.plan(plan, refresh_only=True)
    assert terraform.show(plan).empty


def test_events_tell_each_resource_from_start_to_end(bench: Bench) -> None:
    events: list[TerraformEvent] = []
    terraform, plan = bench.prepare(machine(bench), on_event=events.append), bench.plan_file()
    terraform.init()
    terraform.plan(plan)
    terraform.apply(plan)
    told = [(event.action, event.phase) for event in events if isinstance(event, ResourceEvent)]
    assert told == [("create", Phase.START), ("create", Phase.COMPLETE)]
    assert {event.address for event in events if isinstance(event, ResourceEvent)} == {
        "module.service.terraform_data.machine"
    }


def test_a_listener_that_breaks_does_not_end_terraform(bench: Bench) -> None:
    def broken(event: TerraformEvent) -> None:
        if isinstance(event, ResourceEvent):
            raise RuntimeError("the view broke")

    bench.prepare(machine(bench)).init()
    bench.prepare(machine(bench)).plan(bench.plan_file())
    with pytest.raises(RuntimeError, match="the view broke"):
        bench.prepare(machine(bench), on_event=broken).apply(bench.plan_file())
    assert bench.prepare(machine(bench)).outputs().values == {"size": "small"}


def test_errors_are_terraforms_own_words(bench: Bench) -> None:
    failing = MODULE + (
        'resource "terraform_data" "bad" {\n  input = var.size\n'
        '  lifecycle {\n    precondition {\n      condition     = var.size != "small"\n'
        '      error_message = "Small is too small."\n    }\n  }\n}\n'
    )
    diagnostics: list[TerraformEvent] = []
    terraform = bench.prepare(machine(bench, module=failing), on_event=diagnostics.append)
    terraform.init()
    with pytest.raises(InfraOpsError) as caught:
        terraform.plan(bench.plan_file())
    assert caught.value.doing == "planning lab/app"
    assert "Resource precondition failed" in caught.value.problem
    assert "Small is too small." in caught.value.problem
    assert "templates/trial-1.0/terraform/lab/main.tf:" in caught.value.problem
    assert any(isinstance(event, Diagnostic) and event.severity == "error" for event in diagnostics)


def test_a_module_that_cannot_be_read_is_named(bench: Bench) -> None:
    with pytest.raises(InfraOpsError, match=r"(?s)initialising Terraform for lab/app: .*main\.tf line 1") as caught:
        bench.prepare(machine(bench, module="resource {\n")).init()
    assert "╷" not in str(caught.value)


def test_failed_checks_and_warnings_are_in_the_plan(bench: Bench) -> None:
    checked = MODULE + (
        'check "large_enough" {\n  assert {\n    condition     = var.size != "small"\n'
        '    error_message = "Small is too small."\n  }\n}\n'
    )
    terraform, plan = bench.prepare(machine(bench, module=checked)), bench.plan_file()
    terraform.init()
    planned = terraform.plan(plan)
    shown = terraform.show(plan, Reading(["url"]), warnings=planned.warnings)
    assert shown.failed_checks == ("module.service.check.large_enough: Small is too small.",)
    assert shown.warnings == ("Check block assertion failed",)
    assert shown.deferred


def test_secrets_are_in_the_state_and_nowhere_else(bench: Bench) -> None:
    body = (
        'resource "terraform_data" "keeper" {\n  input = { both = [var.password, var.url], open = 1 }\n'
        '  lifecycle {\n    postcondition {\n      condition     = var.password != "wrong"\n'
        '      error_message = "not ${nonsensitive(var.password)}"\n    }\n  }\n}\n'
    )
    events: list[TerraformEvent] = []
    terraform, plan = bench.prepare(secretive(bench, body), on_event=events.append), bench.plan_file()
    terraform.init()
    url = {"host": "db.example", "password": SECRET + "2"}
    terraform.write_inputs({"url": url})
    terraform.plan(plan, secrets={"password": SECRET})
    shown = terraform.show(plan)
    assert shown.planned_outputs == {"open": "open"}
    (change,) = shown.changes
    assert SECRET not in repr(shown)
    assert any(attribute.sensitive for attribute in change.attributes)
    applied = terraform.apply(plan, secrets={"password": SECRET})
    assert applied.outputs.values == {"password": SECRET, "url": url, "open": "open"}
    assert applied.outputs.sensitive == {"password", "url"}
    terraform.plan(plan, secrets={"password": SECRET})
    assert terraform.show(plan).empty
    plan.unlink()

    assert SECRET not in repr(events)
    assert terraform.site.state is not None
    written = json.dumps(SECRET)[1:-1]
    holders = {path for path in bench.root.parent.rglob("*") if path.is_file() and written in path.read_text("latin1")}
    assert {path.parent for path in holders} == {terraform.site.state.parent}
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}
    assert terraform.site.state.parent.stat().st_mode & 0o777 == 0o700


def test_an_error_that_quotes_a_secret_hides_it(bench: Bench) -> None:
    body = (
        'resource "terraform_data" "keeper" {\n  lifecycle {\n    precondition {\n'
        '      condition     = var.password == "wrong"\n'
        '      error_message = "not ${nonsensitive(var.password)}"\n    }\n  }\n}\n'
    )
    events: list[TerraformEvent] = []
    terraform = bench.prepare(secretive(bench, body), on_event=events.append)
    terraform.init()
    terraform.write_inputs({"url": ""})
    with pytest.raises(InfraOpsError, match=r"not \(sensitive\)") as caught:
        terraform.plan(bench.plan_file(), secrets={"password": SECRET})
    assert SECRET not in str(caught.value) + repr(events)


def test_open_inputs_stand_beside_the_rendered_values(embedded_bench: Bench) -> None:
    terraform = embedded_bench.prepare(machine(embedded_bench))
    path = terraform.site.directory / "inputs.auto.tfvars.json"
    terraform.write_inputs({"size": "large"})
    assert json.loads(path.read_text()) == {"size": "large"}
    terraform.init()
    terraform.plan(embedded_bench.plan_file())
    assert "large" in repr(terraform.show(embedded_bench.plan_file()))
    terraform.write_inputs({})
    assert not path.exists()


def test_what_the_operators_shell_sets_changes_no_plan(embedded_bench: Bench) -> None:
    environ = {
        **embedded_bench.environ,
        "TF_CLI_ARGS": "-destroy",
        "TF_CLI_ARGS_plan": "-destroy",
        "TF_WORKSPACE": "elsewhere",
        "TF_DATA_DIR": "/nonexistent",
        "TF_VAR_size": "huge",
        "TF_CLI_CONFIG_FILE": "/nonexistent/terraformrc",
    }
    bench = Bench(embedded_bench.root, embedded_bench.program, environ)
    said: list[TerraformEvent] = []
    terraform = bench.prepare(machine(bench), on_event=said.append)
    terraform.init()
    terraform.plan(bench.plan_file())
    shown = terraform.show(bench.plan_file())
    assert shown.counts.create == 1
    assert "huge" not in repr(shown)
    assert "nonexistent" not in repr(said)


def test_a_changed_module_or_cleared_directory_is_initialised_anew(embedded_bench: Bench) -> None:
    bench = embedded_bench
    bench.prepare(machine(bench)).init()
    terraform = bench.prepare(machine(bench, module=MODULE + "# changed\n"))
    assert terraform.init().ran
    assert not terraform.init().ran
    assert terraform.init(force=True).ran
    for path in sorted(terraform.site.directory.joinpath(".terraform").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert terraform.init().ran


def test_a_moved_state_is_not_left_behind_silently(bench: Bench) -> None:
    terraform = bench.prepare(machine(bench))
    terraform.init()
    terraform.plan(bench.plan_file())
    terraform.apply(bench.plan_file())
    moved = Bench(bench.root, bench.program, {**bench.environ, "XDG_STATE_HOME": str(bench.root / "elsewhere")})
    with pytest.raises(InfraOpsError, match="Backend configuration changed") as caught:
        moved.prepare(machine(bench)).init()
    assert "terraform init -migrate-state" in caught.value.hint


def test_ten_copies_of_the_state_are_kept(tmp_path: Path) -> None:
    state = tmp_path / "app.tfstate"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert backup_state(state, now) is None
    copies = []
    for number in range(13):
        state.write_text(str(number))
        copies.append(backup_state(state, now + timedelta(seconds=number)))
    directory = tmp_path / "app.backups"
    kept = sorted(directory.iterdir())
    assert [path.read_text() for path in kept] == [str(number) for number in range(3, 13)]
    assert kept[-1] == copies[-1]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("state", "settings"),
    [
        (
            {"backend": "s3", "config": {"bucket": "b", "encrypt": True}},
            {"bucket": "b", "encrypt": "true", "use_lockfile": "true", "key": "lab/app.tfstate"},
        ),
        (
            {"backend": "s3", "config": {"key": "x/{stack}", "encrypt": None, "use_lockfile": None}},
            {"key": "x/lab/app"},
        ),
        ({"backend": "pg"}, {"schema_name": "lab/app"}),
        (
            {"backend": "http", "config": {"address": "https://s/{environment}/{blueprint}"}},
            {"address": "https://s/lab/app"},
        ),
    ],
)
def test_every_stack_has_a_state_of_its_own(
    embedded_bench: Bench, state: dict[str, Any], settings: dict[str, str]
) -> None:
    template = make_template(embedded_bench.root, "")
    stack = make_stack(embedded_bench.root, template, environment={"state": state})
    assert backend_settings(stack, embedded_bench.workspace) == settings


@pytest.mark.parametrize("config", [{"address": "https://state/"}, {"address": "https://state/{environment}"}])
def test_stacks_that_would_share_a_state_are_refused(embedded_bench: Bench, config: dict[str, str]) -> None:
    template = make_template(embedded_bench.root, "")
    state = {"backend": "http", "config": config}
    stack = make_stack(embedded_bench.root, template, environment={"state": state})
    with pytest.raises(InfraOpsError, match="tells one stack's state from another's"):
        embedded_bench.prepare(stack)


def test_a_program_that_is_gone_is_named(embedded_bench: Bench) -> None:
    from dataclasses import replace

    gone = replace(embedded_bench.program, argv=("/nonexistent/terraform",))
    bench = Bench(embedded_bench.root, gone, embedded_bench.environ)
    with pytest.raises(InfraOpsError, match="cannot start /nonexistent/terraform: No such file"):
        bench.prepare(machine(bench)).init()
