"""Real ansible-playbook runs over real SSH, against an sshd of the test's own on loopback addresses."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infraops.errors import Interrupted
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured
from infraops.processes import Children
from infraops.tools.ansible.events import AnsibleEvent
from tests.sshd import Sshd, serving
from tests.tools.ansible.playing import play_alone
from tests.tools.ansible.test_playbook import gone, living


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with serving(tmp_path_factory.mktemp("sshd")) as server:
        yield server


Run = Callable[..., Configured]


@pytest.fixture
def run(tmp_path: Path, environ: Mapping[str, str]) -> Run:
    """Run a playbook; nothing of it may be left, no file, no process, no shared connection."""

    def run(playbook: str, *hosts: Host, **options: Any) -> Configured:
        directory = tmp_path / "run of the test's"  # a path that needs quoting
        play = tmp_path / "play.yml"
        play.write_text(playbook)
        defaults: dict[str, Any] = {"children": Children(), "environ": environ}
        own: set[str] = set()  # the directory of the shared connections, as the run's own configuration names it
        told = options.pop("on_event", lambda event, masters: None)

        def watch(event: AnsibleEvent) -> None:
            for file in directory.glob("*/ansible.cfg"):
                own.update(re.findall("control_path_dir = (/tmp/io-.+)", file.read_text()))
            told(event, [line for line in living("[mux]") if any(path in line for path in own)])

        try:
            return play_alone(play, hosts, run_directory=directory, on_event=watch, **{**defaults, **options})
        finally:
            assert list(directory.glob("*")) == []
            assert gone(str(directory))
            assert len(own) == 1
            assert all(gone(path) and not Path(path).exists() for path in own)

    return run


HELLO = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: echo hello
      changed_when: false
    - ansible.builtin.ping:
"""


def test_connections_are_shared_pinned_and_closed(sshd: Sshd, run: Run) -> None:
    masters: list[str] = []

    def look(event: AnsibleEvent, living_masters: list[str]) -> None:
        masters.extend(living_masters)

    result = run(HELLO, sshd.host("a"), sshd.host("b", "127.0.0.2"), on_event=look)

    assert result.succeeded, result.failures
    assert {name: recap.ok for name, recap in result.hosts.items()} == {"a": 2, "b": 2}
    assert len(set(masters)) == 2


def test_hosts_out_of_reach_are_named_with_the_reason(sshd: Sshd, run: Run) -> None:
    """The others go on; each address is another host to SSH."""
    other_key = sshd.host_key[:-10] + "A" * 10
    hosts = [
        sshd.host("fine"),
        sshd.host("replaced", "127.0.0.2", host_key=sshd.user_key.with_suffix(".pub").read_text()),
        sshd.host("unknown", "127.0.0.3", host_key=None),
        sshd.host("down", "127.0.0.4", port=1),
        sshd.host("stranger", "127.0.0.5", user="nobody", private_key_file=None),
        sshd.host("malformed", "127.0.0.6", host_key=other_key),
    ]

    for _ in range(5):  # Ansible hears nothing of an ssh that ends before it listens, and we can only say so
        result = run(HELLO, *hosts)
        reasons = {failure.host: failure.message for failure in result.failures}
        if not any(message.startswith("SSH gave up at once") for message in reasons.values()):
            break

    assert not result.succeeded
    assert all(failure.unreachable for failure in result.failures)
    assert sorted(reasons) == ["down", "malformed", "replaced", "stranger", "unknown"]
    assert reasons["replaced"].startswith("its host key is not the pinned one")
    assert reasons["malformed"].startswith("its host key is not")
    assert reasons["unknown"].startswith("its host key is not known")
    assert reasons["down"].lower().endswith("port 1: connection refused")
    assert "Permission denied" in reasons["stranger"]
    assert [name for name, recap in result.hosts.items() if recap.succeeded] == ["fine"]


def test_a_host_without_a_pinned_key_is_known_by_the_users_own_file(
    sshd: Sshd, run: Run, environ: Mapping[str, str]
) -> None:
    own = Path(environ["HOME"]) / ".ssh" / "known_hosts"
    own.parent.mkdir()
    own.write_text(f"[127.0.0.7]:{sshd.port} {sshd.host_key}\n")
    text = own.read_text()

    assert run(HELLO, sshd.host("a", "127.0.0.7", host_key=None)).succeeded
    assert own.read_text() == text


def test_a_pinned_key_goes_before_the_users_own_file(sshd: Sshd, run: Run, environ: Mapping[str, str]) -> None:
    own = Path(environ["HOME"]) / ".ssh" / "known_hosts"
    own.parent.mkdir()
    own.write_text(f"[127.0.0.7]:{sshd.port} {sshd.host_key}\n")
    pinned = sshd.user_key.with_suffix(".pub").read_text()

    (failure,) = run(HELLO, sshd.host("a", "127.0.0.7", host_key=pinned)).failures

    assert failure.message.startswith("its host key is not the pinned one")


def test_an_interrupt_closes_the_connections(sshd: Sshd, run: Run) -> None:
    nap = f"sleep 16.{os.getpid():07}"
    playbook = f"- hosts: all\n  gather_facts: false\n  tasks: [{{ansible.builtin.command: {nap}}}]\n"
    children = Children()

    def interrupt() -> None:
        until = time.monotonic() + 180
        while not living(nap) and time.monotonic() < until:
            time.sleep(0.05)
        children.interrupt()

    def act(event: AnsibleEvent, masters: list[str]) -> None:
        if event.kind == "task":
            threading.Thread(target=interrupt).start()

    with pytest.raises(Interrupted):
        run(playbook, sshd.host("a"), sshd.host("b", "127.0.0.2"), children=children, on_event=act)

    assert gone(nap, seconds=180), "sshd lets a command without a terminal come to its end"
