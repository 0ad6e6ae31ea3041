"""Configure waits for hosts that do not answer on SSH yet, and names those that never do."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.selection.stacks import Selection
from infraops.models.plans.contract import Host
from infraops.models.runs.events import Event, Progress, Said
from infraops.models.runs.run import Outcome
from tests.commands.estate import ENVIRONMENT, blueprint, make_estate, surroundings
from tests.ports import nobody_listening, port_of
from tests.sshd import prepared, started

ALL = Selection(environment="local")
TEMPLATE = """\
schema: infraops/v1
name: machines
version: "1.0"
summary: Machines that exist already.
local_safe: true
playbook: playbook.yml
"""
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.ping: }]\n"


@pytest.fixture
def closed_port() -> Iterator[int]:
    with nobody_listening() as held:
        yield port_of(held)


def repo(root: Path, hosts: Sequence[Host], *, environment: str = ENVIRONMENT) -> Path:
    described = {host.name: {**asdict(host), "identity": host.name} for host in hosts}
    web = blueprint("web").replace("trial@1.0", "machines@1.0")
    make_estate(root, {"web": web}, environment=environment)
    hosts_output = f"jsondecode({json.dumps(json.dumps(described))})"
    files = {
        "template.yaml": TEMPLATE,
        "README.md": "# machines\n",
        "playbook.yml": PLAYBOOK,
        "terraform/local/main.tf": f'output "hosts" {{\n  value = {hosts_output}\n}}\n',
    }
    for name, text in files.items():
        path = root / "catalog" / "machines" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def waiting(events: Sequence[Event]) -> list[str]:
    return [each.text for each in events if isinstance(each, Progress) and "waiting for SSH" in each.text]


def test_a_host_that_is_still_booting_is_waited_for(tmp_path: Path) -> None:
    directory = tmp_path / "sshd"
    directory.mkdir()
    booted = ExitStack()
    events: list[Event] = []
    sshd = prepared(directory)
    with booted:
        root = repo(tmp_path / "repo", [sshd.host("late")])

        def boot(event: Event) -> None:
            """Let the host answer only after it was waited for."""
            events.append(event)
            if len(waiting(events)) == 1 and not (directory / "log").exists():
                booted.enter_context(started(directory))

        result = apply(ALL, replace(surroundings(root, tmp_path), report=boot))

    assert result.outcome is Outcome.DONE, result.stacks[0].failure
    assert re.fullmatch(r"waiting for SSH on late \(\d+ s\)", waiting(events)[0])


def test_a_host_that_never_answers_is_named_with_what_was_seen_last(tmp_path: Path, closed_port: int) -> None:
    port = closed_port
    events: list[Event] = []
    impatient = ENVIRONMENT + "ssh_wait: 1500ms\n"
    root = repo(tmp_path / "repo", [Host("gone", "127.0.0.1", port)], environment=impatient)

    (stack,) = apply(ALL, surroundings(root, tmp_path, events=events)).stacks

    assert stack.failure is not None and stack.failure.station == "configure"
    assert f"gone: unreachable: no SSH on 127.0.0.1:{port}: connection refused" in stack.failure.problem
    said = [each.line for each in events if isinstance(each, Said) and each.important]
    assert f"gone: no SSH on 127.0.0.1:{port} in 1.5 s (connection refused); trying all the same" in said


@pytest.mark.parametrize("variables", [{}, {"ansible_ssh_common_args": "-o ProxyJump=bastion.invalid"}])
def test_nobody_waits_where_the_environment_says_so(
    tmp_path: Path, closed_port: int, variables: dict[str, str]
) -> None:
    events: list[Event] = []
    host = Host("gone", "127.0.0.1", closed_port, vars=variables)
    root = repo(tmp_path / "repo", [host], environment=ENVIRONMENT + "ssh_wait: 0s\n")

    (stack,) = apply(ALL, surroundings(root, tmp_path, events=events)).stacks

    assert stack.failure is not None and "gone: unreachable" in stack.failure.problem
    assert not waiting(events)


def test_a_host_behind_a_jump_host_is_waited_for_as_well(tmp_path: Path, closed_port: int) -> None:
    events: list[Event] = []
    host = Host("gone", "127.0.0.1", closed_port, vars={"ansible_ssh_common_args": "-o ProxyJump=bastion.invalid"})
    root = repo(tmp_path / "repo", [host], environment=ENVIRONMENT + "ssh_wait: 2500ms\n")

    (stack,) = apply(ALL, surroundings(root, tmp_path, events=events)).stacks

    assert stack.failure is not None and "gone: unreachable" in stack.failure.problem
    assert re.fullmatch(r"waiting for SSH on gone \(\d+ s\)", waiting(events)[0])
    said = [each.line for each in events if isinstance(each, Said) and each.important]
    assert any("trying all the same" in line for line in said)
