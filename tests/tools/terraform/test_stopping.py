"""Interrupts, kills and locks: what a run leaves behind when it does not come to its end."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import Interrupted, Locked
from infraops.models.stacks.stack import Stack
from infraops.processes import Children, ProcessIdentity, Watch
from infraops.tools.terraform.driver import Terraform
from infraops.tools.terraform.messages.events import Phase, ResourceEvent, TerraformEvent
from tests.render.stacks import make_stack, make_template
from tests.tools.terraform.bench import Bench

# The first resource is there when the second begins to sleep; the third must never be begun.
MODULE = """\
resource "terraform_data" "first" {
}
resource "terraform_data" "second" {
  input = terraform_data.first.id
  provisioner "local-exec" {
    command = "sleep 300"
  }
}
resource "terraform_data" "third" {
  input = terraform_data.second.id
}
output "first" {
  value = terraform_data.first.id
}
"""


def sleeper(bench: Bench) -> Stack:
    return make_stack(bench.root, make_template(bench.root, MODULE, outputs={"first": {}}))


def apply_until_asleep(
    bench: Bench, then: Callable[[], None], children: Children
) -> tuple[Terraform, float, Exception]:
    """Apply the sleeping stack, do something once it sleeps, and return how long it took to end, and how it ended."""
    asleep = threading.Event()

    def listen(event: TerraformEvent) -> None:
        if isinstance(event, ResourceEvent) and event.action == "provision" and event.phase is Phase.START:
            asleep.set()

    terraform = bench.prepare(sleeper(bench), children=children, on_event=listen)
    terraform.init()
    terraform.plan(bench.plan_file())
    ended: list[float] = []

    def act() -> None:
        assert asleep.wait(60)
        time.sleep(0.3)
        ended.append(time.monotonic())
        then()

    actor = threading.Thread(target=act)
    actor.start()
    with pytest.raises(Exception) as caught:
        terraform.apply(bench.plan_file())
    seconds = time.monotonic() - ended[0]
    actor.join()
    assert isinstance(caught.value, Exception)
    return terraform, seconds, caught.value


def test_one_interrupt_stops_cleanly_and_lets_go_of_the_state(bench: Bench) -> None:
    children = Children()
    _, seconds, error = apply_until_asleep(bench, children.interrupt, children)
    assert isinstance(error, Interrupted)
    assert error.exit_code == 130
    assert seconds < 150
    # Nothing of this run is begun any more; a new one finds the state free and what was made in it.
    with pytest.raises(Interrupted, match="not begun"):
        bench.prepare(sleeper(bench), children=children).plan(bench.plan_file())
    again = bench.prepare(sleeper(bench))
    again.plan(bench.plan_file())
    assert [change.address for change in again.show(bench.plan_file()).changes if change.action != "no-op"] == [
        "module.service.terraform_data.second",
        "module.service.terraform_data.third",
    ]


def test_a_killed_run_is_called_that_and_the_next_one_goes_on(bench: Bench) -> None:
    children = Children()
    _, seconds, error = apply_until_asleep(bench, children.kill, children)
    assert isinstance(error, Interrupted)
    assert "killed" in error.problem
    assert seconds < 150
    again = bench.prepare(sleeper(bench))
    again.plan(bench.plan_file())
    assert again.show(bench.plan_file()).counts.total


def test_a_state_that_another_run_holds_is_locked(bench: Bench) -> None:
    children = Children()
    caught: list[Exception] = []

    def plan_meanwhile() -> None:
        try:
            bench.prepare(sleeper(bench)).plan(bench.plan_file("other"))
        except Exception as error:
            caught.append(error)
        children.interrupt()

    apply_until_asleep(bench, plan_meanwhile, children)
    (error,) = caught
    assert isinstance(error, Locked)
    assert error.exit_code == 7
    assert "the state is locked by" in error.problem
    assert "(Apply)" in error.problem
    assert "terraform force-unlock " in error.hint
    assert "<ID>" not in error.hint


RUN = """\
import json, sys
from infraops import processes
processes.run(json.loads(sys.argv[1]), cwd=sys.argv[2], survives=True, on_line=lambda line: print(line, flush=True))
"""


def test_terraform_finishes_its_work_where_infraops_is_killed(bench: Bench) -> None:
    module = MODULE.replace("sleep 300", "sleep 2; echo a line; echo another")
    terraform = bench.prepare(make_stack(bench.root, make_template(bench.root, module, outputs={"first": {}})))
    terraform.init()
    terraform.plan(bench.plan_file())
    apply = json.dumps([*bench.program.argv, "apply", "-json", str(bench.plan_file())])
    parent = Children()

    def kill_when_asleep(line: str) -> None:
        if '"provision_start"' in line:
            parent.kill()

    argv = [sys.executable, "-c", RUN, apply, str(terraform.site.directory)]
    environ = {**bench.environ, "PYTHONPATH": str(Path(processes.__file__).parents[2])}
    assert processes.run(argv, env=environ, on_line=kill_when_asleep, children=parent).exit_code == -signal.SIGKILL
    for _ in range(900):
        time.sleep(0.2)
        held = [name for _, _, names in os.walk(bench.workspace.terraform_state) for name in names]
        if not any(name.endswith(".lock.info") for name in held):
            break
    terraform.plan(bench.plan_file())
    assert terraform.show(bench.plan_file()).empty


def test_every_process_is_named_before_it_works(embedded_bench: Bench) -> None:
    started: list[ProcessIdentity] = []
    terraform = embedded_bench.prepare(sleeper(embedded_bench), watch=Watch(started.append))
    terraform.init()
    terraform.plan(embedded_bench.plan_file())
    assert len(started) == 2
    assert not any(processes.is_alive(identity) for identity in started)
