"""Stacks of a shareable template: one Ansible run for those that are ready, and a failure is the failure of one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.history import run_entries
from infraops.commands.resume import resume
from infraops.commands.selection.stacks import Selection
from infraops.models.ledger.stations import ChildEnded, ChildStarted, HostConfigured, HostsTouched
from infraops.models.runs.events import Event, Progress, Said
from infraops.models.runs.run import Outcome, RunResult, StackResult
from infraops.processes import ProcessIdentity, is_alive
from tests.commands.estate import ENVIRONMENT, surroundings

WAITING = "waiting for the Ansible run that is going on, to have the next one"
TEMPLATE = """\
schema: infraops/v1
name: greeter
version: "1.0"
summary: A file with a greeting on each host.
local_safe: true
shareable: true
independent_hosts: true
playbook: playbook.yml
parameters:
  host: {type: string, default: "", used_by: [terraform]}
  group: {type: string, default: web, used_by: [terraform]}
  first: {type: string, default: a, used_by: [terraform]}
  greeting: {type: string, default: hello, used_by: [playbook]}
  token: {type: string, sensitive: true, used_by: [playbook]}
  only_here: {type: string, sensitive: true, used_by: [playbook]}
  waits: {type: boolean, default: false, used_by: [playbook]}
  broken: {type: boolean, default: false, used_by: [playbook]}
"""
MODULE = """\
variable "blueprint" { type = string }
variable "host" { type = string }
variable "group" { type = string }
variable "first" { type = string }

resource "terraform_data" "second" {
  count = var.first == var.blueprint ? 0 : 1

  provisioner "local-exec" {
    command = "timeout 60 sh -c 'until [ -e ../../../../said-${var.first}-01 ]; do sleep 0.1; done'"
  }
}

output "hosts" {
  value = {
    (var.host == "" ? "${var.blueprint}-01" : var.host) = {
      address    = "127.0.0.1"
      connection = "local"
      groups     = [var.group]
      identity   = var.blueprint
    }
  }
}
"""
PLAYBOOK = """\
- name: Greet
  hosts: web
  gather_facts: false
  tasks:
    - name: Write what is known here
      ansible.builtin.copy:
        dest: "{{ playbook_dir }}/../../../said-{{ inventory_hostname }}"
        content: "{{ greeting }} {{ token | default('no token') }} {{ only_here | default('nothing') }}"
    - name: Wait until somebody says go
      ansible.builtin.wait_for: {path: "{{ playbook_dir }}/../../../go", timeout: 100, sleep: 1}
      when: waits
    - name: Break
      ansible.builtin.command: /bin/false
      when: broken
- name: Look after
  hosts: db
  gather_facts: false
  tasks:
    - name: Look
      ansible.builtin.ping:
"""


def estate(root: Path, stacks: Mapping[str, str]) -> Path:
    """Write a control repo with these stacks (name → parameters) of the template greeter.

    Stack `a` is the first to come to configure: the others are not provisioned before its playbook is at work.
    """
    blueprint = (
        "schema: infraops/v1\nname: {}\ntemplate: greeter@1.0\nowner: us\n"
        "parameters: {}\nenvironments: {{local: {{}}}}\n"
    )
    files = {
        "infraops.yaml": "schema: infraops/v1\n",
        "catalog/greeter/template.yaml": TEMPLATE,
        "catalog/greeter/README.md": "# greeter\n",
        "catalog/greeter/terraform/local/main.tf": MODULE,
        "catalog/greeter/playbook.yml": PLAYBOOK,
        "inventories/local/environment.yaml": ENVIRONMENT,
        **{f"blueprints/{name}.yaml": blueprint.format(name, parameters) for name, parameters in stacks.items()},
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@dataclass
class Usher:
    """Lets the first Ansible run go on as soon as so many stacks wait for the next one."""

    root: Path
    crowd: int
    then: Callable[[], None] = lambda: None  # done before
    waiting: int = 0

    def __post_init__(self) -> None:
        self.said: list[Said] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, Said):
            self.said.append(event)
        if isinstance(event, Progress) and event.text == WAITING:
            self.waiting += 1
            if self.waiting == self.crowd:
                self.then()
                (self.root / "go").touch()


def applied(
    root: Path,
    home: Path,
    *,
    crowd: int,
    then: Callable[[], None] = lambda: None,
    secrets: Mapping[str, str] | None = None,
) -> tuple[RunResult, Usher]:
    usher = Usher(root, crowd, then)
    around = replace(surroundings(root, home), report=usher.hear)
    around = replace(around, environ={**around.environ, **(secrets or {})})
    return apply(Selection(environment="local"), around, parallelism=2), usher


def playbooks(run: str, around: Surroundings) -> dict[int, list[str]]:
    """Tell which stacks each ansible-playbook of a run worked for, by its pid."""
    found: dict[int, list[str]] = {}
    for entry in run_entries(run, around)[1]:
        if isinstance(entry.payload, ChildStarted) and entry.payload.program == "ansible-playbook":
            found.setdefault(entry.payload.pid, []).append(str(entry.stack))
    return {pid: sorted(stacks) for pid, stacks in found.items()}


def by_name(result: RunResult) -> dict[str, StackResult]:
    return {stack.stack.partition("/")[2]: stack for stack in result.stacks}


def test_six_stacks_of_which_one_fails_have_two_ansible_runs(tmp_path: Path) -> None:
    """As typed in a shell; the first run goes on when all the others wait, so that the count is certain."""
    root = estate(
        tmp_path / "repo",
        {"a": "{waits: true}", "b": "{broken: true}", **{name: f"{{greeting: hi {name}}}" for name in "cdef"}},
    )
    argv = [sys.executable, "-m", "infraops", "apply", "-e", "local", "--yes", "-p", "2"]
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "200"}
    process = subprocess.Popen(argv, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until_so_many_wait(root, 5, process)
        (root / "go").touch()
        stdout, stderr = process.communicate(timeout=100)
    finally:
        process.kill()

    assert process.returncode == 1, stderr
    outcome = {line.split()[0]: line.split()[1] for line in stdout.splitlines() if line.startswith("local/")}
    assert outcome == {f"local/{name}": "failed" if name == "b" else "done" for name in "abcdef"}
    assert "1 of 1 hosts failed: b-01: Break: " in stderr
    assert "shared with 4" in stdout
    (run,) = (root / ".infraops" / "runs").iterdir()
    around = surroundings(root, tmp_path)
    assert sorted(playbooks(run.name, around).values()) == [["local/a"], [f"local/{name}" for name in "bcdef"]]
    entries = [(entry.stack, entry.payload) for entry in run_entries(run.name, around)[1]]
    assert {stack for stack, payload in entries if isinstance(payload, HostsTouched)} == {
        f"local/{n}" for n in "abcdef"
    }
    assert {stack for stack, payload in entries if isinstance(payload, HostConfigured)} == {
        f"local/{n}" for n in "acdef"
    }
    assert len([payload for _, payload in entries if isinstance(payload, ChildStarted)]) == len(
        [payload for _, payload in entries if isinstance(payload, ChildEnded)]
    )
    assert {name: (root / f"said-{name}-01").read_text() for name in "af"} == {
        "a": "hello no token nothing",
        "f": "hi f no token nothing",
    }
    log = (run / "local-c.log").read_text()
    assert "one Ansible run for 5 stacks: local/b, local/c, local/d, local/e, local/f" in log
    assert "c-01: Write what is known here: changed" in log
    assert "b-01" not in log
    assert "1 host, 1 task changed; shared with 4 stacks" in log

    (root / "blueprints/b.yaml").write_text((root / "blueprints/b.yaml").read_text().replace("broken: true", ""))
    again = apply(Selection(environment="local"), around)
    assert playbooks(again.run, around).popitem()[1] == ["local/b"], "those that went well were configured again"


def until_so_many_wait(root: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 100
    while sum(WAITING in log.read_text() for log in root.glob(".infraops/runs/*/*.log")) < count:
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.05)


def test_a_secret_is_no_variable_of_another_stack(tmp_path: Path) -> None:
    root = estate(
        tmp_path / "repo",
        {
            "a": "{waits: true}",
            "b": "{token: 'env:TOKEN_B', only_here: 'env:ONLY_B'}",
            "c": "{token: 'env:TOKEN_C'}",
            "d": "{}",
        },
    )
    secrets = {"TOKEN_B": "secret-b", "ONLY_B": "only-b", "TOKEN_C": "secret-c"}
    result, _ = applied(root, tmp_path, crowd=3, secrets=secrets)

    assert result.outcome is Outcome.DONE
    assert sorted(map(len, playbooks(result.run, surroundings(root, tmp_path)).values())) == [1, 3]
    assert {name: (root / f"said-{name}-01").read_text() for name in "bcd"} == {
        "b": "hello secret-b only-b",
        "c": "hello secret-c nothing",
        "d": "hello no token nothing",
    }
    assert not [path for path in (root / ".infraops").rglob("*") if path.is_file() and b"secret-" in path.read_bytes()]


def test_two_stacks_with_a_host_of_one_name_have_a_run_each(tmp_path: Path) -> None:
    root = estate(
        tmp_path / "repo",
        {"a": "{waits: true}", "b": "{host: same, greeting: b}", "c": "{host: same, greeting: c}", "d": "{}"},
    )
    result, _ = applied(root, tmp_path, crowd=3)

    assert result.outcome is Outcome.DONE
    shared = sorted(playbooks(result.run, surroundings(root, tmp_path)).values())
    assert [len(stacks) for stacks in sorted(shared, key=len)] == [1, 1, 2]
    assert not [stacks for stacks in shared if {"local/b", "local/c"} <= set(stacks)]
    assert (root / "said-same").read_text() in ("b no token nothing", "c no token nothing")


@pytest.mark.parametrize("why", ["variables of ungrouped hosts", "playbooks of their own", "not shareable"])
def test_stacks_that_cannot_be_served_alike_have_a_run_each(tmp_path: Path, why: str) -> None:
    own = "{own: playbooks/own.yml}" if why == "playbooks of their own" else "{}"
    root = estate(tmp_path / "repo", dict.fromkeys("abc", own))
    template = root / "catalog/greeter/template.yaml"
    if why == "variables of ungrouped hosts":
        (root / "inventories/local/group_vars").mkdir()
        (root / "inventories/local/group_vars/ungrouped.yml").write_text("greeting: nobody\n")
    elif why == "playbooks of their own":
        template.write_text(f"{TEMPLATE}  own: {{type: playbook, used_by: []}}\n")
        (root / "playbooks").mkdir()
        (root / "playbooks/own.yml").write_text(PLAYBOOK.replace("../../../", "../"))
    else:
        template.write_text(TEMPLATE.replace("shareable: true\n", ""))
    result, usher = applied(root, tmp_path, crowd=1)

    assert result.outcome is Outcome.DONE
    assert usher.waiting == 0
    assert sorted(playbooks(result.run, surroundings(root, tmp_path)).values()) == [
        ["local/a"],
        ["local/b"],
        ["local/c"],
    ]


def test_a_stack_that_others_failures_cut_off_has_a_run_of_its_own(tmp_path: Path) -> None:
    """All hosts of the first play fail, so that Ansible never comes to the second, where another stack's host is."""
    root = estate(tmp_path / "repo", {"a": "{waits: true}", "b": "{broken: true}", "c": "{group: db}"})
    result, usher = applied(root, tmp_path, crowd=2)

    stacks = by_name(result)
    assert (stacks["b"].outcome, stacks["c"].outcome) == (Outcome.FAILED, Outcome.DONE)
    assert sorted(playbooks(result.run, surroundings(root, tmp_path)).values()) == [
        ["local/a"],
        ["local/b", "local/c"],
        ["local/c"],
    ]
    assert [said.stack for said in usher.said if said.important and "running it again, alone" in said.line] == [
        "local/c"
    ]


def test_a_playbook_that_cannot_be_read_fails_each_in_its_own_name(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", {"a": "{waits: true}", "b": "{}", "c": "{}"})

    def break_the_rendered_playbook() -> None:
        (root / ".infraops/templates/greeter-1.0/playbook.yml").write_text(PLAYBOOK + "    - nosuchmodule:\n")

    result, _ = applied(root, tmp_path, crowd=2, then=break_the_rendered_playbook)

    failures = [by_name(result)[name].failure for name in "bc"]
    assert sorted(playbooks(result.run, surroundings(root, tmp_path)).values()) == [["local/a"], ["local/b", "local/c"]]
    assert all(failure and "couldn't resolve module/action" in failure.problem for failure in failures)
    assert [failure.doing for failure in failures if failure] == ["configuring local/b", "configuring local/c"]


@contextmanager
def at_work(root: Path, home: Path, *, waiting: int) -> Iterator[subprocess.Popen[str]]:
    """Start an apply in a process of its own; gives control when so many stacks wait for the Ansible run."""
    argv = [sys.executable, "-m", "infraops", "apply", "-e", "local", "--yes", "-p", "2"]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "200"}
    process = subprocess.Popen(argv, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until_so_many_wait(root, waiting, process)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_one_interrupt_ends_the_run_at_work_and_those_that_wait_for_the_next(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", {"a": "{waits: true}", "b": "{}", "c": "{}", "d": "{}"})
    with at_work(root, tmp_path, waiting=3) as process:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=100)

    assert process.returncode == 130, stderr
    outcome = {line.split()[0]: line.split()[1] for line in stdout.splitlines() if line.startswith("local/")}
    assert outcome == dict.fromkeys((f"local/{name}" for name in "abcd"), "interrupted")
    (run,) = (root / ".infraops" / "runs").iterdir()
    assert list(playbooks(run.name, surroundings(root, tmp_path)).values()) == [["local/a"]]
    assert not list(run.glob("*-ansible/*"))

    (root / "go").touch()
    resumed = resume(surroundings(root, tmp_path))
    assert {name: stack.outcome for name, stack in by_name(resumed).items()} == dict.fromkeys("abcd", Outcome.DONE)


@pytest.mark.parametrize("group", ["whole run", "infraops alone"])
def test_of_a_killed_shared_run_no_playbook_outlives_the_next_run(tmp_path: Path, group: str) -> None:
    root = estate(tmp_path / "repo", {"a": "{waits: true}", "b": "{waits: true}", "c": "{waits: true}"})
    around = surroundings(root, tmp_path)
    with at_work(root, tmp_path, waiting=2) as process:
        (root / "go").touch()
        (run,) = (root / ".infraops" / "runs").iterdir()
        until_a_run_for(2, run.name, around)
        (root / "go").unlink()
        process.kill()
        process.communicate()
        before = children(run.name, around)
        assert len({child.pid for child in before["local/b"]}) == 1
        assert before["local/b"] == before["local/c"], "one of them does not know the child that works for it"
        if group == "whole run":
            for child in before["local/b"]:
                with_group_killed(child)
        (root / "go").touch()
        resumed = resume(around)

    assert {name: stack.outcome for name, stack in by_name(resumed).items() if name != "a"} == dict.fromkeys(
        "bc", Outcome.DONE
    )
    assert not [child for each in before.values() for child in each if is_alive(child)]


def children(run: str, around: Surroundings) -> dict[str, list[ProcessIdentity]]:
    found: dict[str, list[ProcessIdentity]] = {}
    for entry in run_entries(run, around)[1]:
        if isinstance(entry.payload, ChildStarted) and entry.payload.program == "ansible-playbook":
            found.setdefault(str(entry.stack), []).append(ProcessIdentity(entry.payload.pid, entry.payload.started))
    return found


def until_a_run_for(stacks: int, run: str, around: Surroundings) -> None:
    deadline = time.monotonic() + 100
    while stacks not in map(len, playbooks(run, around).values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def with_group_killed(child: ProcessIdentity) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
