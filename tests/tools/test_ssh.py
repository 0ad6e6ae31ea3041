import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.plans.contract import Host
from infraops.tools.ssh import goes_another_way, known_hosts, lines_known_to_user, wait_for_banners
from tests.ports import nobody_listening, port_of

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJcMKSyRLS1eYV4f+ioAXqgqOOUFmPZ2TKoXWaoWAAA"


class Servers:
    """Servers on loopback that say one thing to whoever connects."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def start(self, says: bytes, *, after: float = 0.0, closes: bool = True) -> int:
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def serve() -> None:
            time.sleep(after)
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if not closes:
                    self._stack.callback(connection.close)
                with suppress(OSError):  # who asked may be gone
                    connection.sendall(says)
                if closes:
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        self._stack.callback(lambda: listener.shutdown(socket.SHUT_RDWR))
        return int(listener.getsockname()[1])

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    with nobody_listening() as held:
        yield port_of(held)


def test_pinned_keys_and_no_other() -> None:
    hosts = [
        Host("a", "198.18.0.10", host_key=f"{KEY} a comment"),
        Host("b", "198.18.0.11", 2222, host_key=KEY),
        Host("c", "198.18.0.12"),
        Host("here", "127.0.0.1", connection="local", host_key=KEY),
    ]

    assert known_hosts(hosts) == f"198.18.0.10 {KEY}\n[198.18.0.11]:2222 {KEY}\n"


@pytest.mark.parametrize("key", ["ssh-ed25519", f"{KEY}\n* {KEY}", "@cert-authority * ssh-ed25519 AAAA"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InfraOpsError, match="no public key"):
        known_hosts([Host("a", "198.18.0.10", host_key=key)])


def test_the_users_own_files_serve_hosts_without_a_pinned_key(tmp_path: Path, environ: Mapping[str, str]) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"# mine\n198.18.0.10 {KEY}\n[198.18.0.11]:2222 {KEY}\n")
    processes.run(["ssh-keygen", "-H", "-f", str(file)], env=dict(environ))
    assert "198.18" not in file.read_text()

    def known(host: Host) -> str:
        return lines_known_to_user(host, files=[file, tmp_path / "none"], environ=environ)

    assert known(Host("b", "198.18.0.11", 2222)).endswith(f" {KEY}\n")
    assert known(Host("c", "198.18.0.12")) == ""


def test_waits_for_every_banner_at_once_and_names_who_kept_silent(servers: Servers, closed_port: int) -> None:
    hosts = [
        Host("mute", "127.0.0.1", servers.start(b"", closes=False)),
        Host("gone", "127.0.0.1", closed_port),
        Host("good", "127.0.0.1", servers.start(b"SSH-2.0-OpenSSH_9.2\r\n")),
        Host("chatty", "127.0.0.1", servers.start(b"welcome\r\nSSH-2.0-x\r\n")),
        Host("late", "127.0.0.1", servers.start(b"SSH-2.0-x\r\n", after=0.3)),
        Host("web", "127.0.0.1", servers.start(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        Host("here", "127.0.0.1", 1, connection="local"),
    ]
    answered: list[str] = []

    silent = wait_for_banners(
        hosts, seconds=5.0, children=processes.Children(), on_answer=lambda host: answered.append(host.name)
    )

    assert {silence.host: silence.reason for silence in silent} == {
        "web": "what answers is not SSH",
        "mute": "no answer",
        "gone": "connection refused",
    }
    assert sorted(answered) == ["chatty", "good", "late"]


@pytest.mark.parametrize("mute", [True, False])
def test_an_interrupt_ends_the_waiting(servers: Servers, closed_port: int, mute: bool) -> None:
    port = servers.start(b"", closes=False) if mute else closed_port
    children = processes.Children()
    threading.Timer(0.2, children.interrupt).start()
    begun = time.monotonic()

    with pytest.raises(Interrupted):
        wait_for_banners([Host("gone", "127.0.0.1", port)], seconds=600, children=children)

    assert time.monotonic() - begun < 60


def test_only_hosts_reached_over_ssh_are_waited_for(closed_port: int) -> None:
    hosts = [Host(name, "127.0.0.1", closed_port, connection=name) for name in ("local", "docker", "winrm")]

    assert wait_for_banners(hosts, seconds=30, children=processes.Children()) == ()


def test_it_tells_every_second_for_whom_it_waits(servers: Servers, closed_port: int) -> None:
    told: list[tuple[list[str], float]] = []
    hosts = [Host("good", "127.0.0.1", servers.start(b"SSH-2.0-x\r\n")), Host("gone", "127.0.0.1", closed_port)]

    wait_for_banners(
        hosts,
        seconds=2.5,
        children=processes.Children(),
        on_wait=lambda names, waited: told.append((list(names), round(waited))),
    )

    # A busy machine may be late, and is so by the same in what it tells.
    assert 1 <= len(told) <= 2 and told[-1][0] == ["gone"]
    assert all(waited >= number for number, (_, waited) in enumerate(told, start=1))


def test_what_there_is_no_sense_in_waiting_for_is_no_silence(servers: Servers, closed_port: int) -> None:
    asked: list[str] = []

    def give_up(host: Host) -> bool:
        asked.append(host.name)
        return True

    hosts = [Host("good", "127.0.0.1", servers.start(b"SSH-2.0-x\r\n")), Host("behind", "127.0.0.1", closed_port)]

    assert wait_for_banners(hosts, seconds=30, children=processes.Children(), give_up=give_up) == ()
    assert asked == ["behind"], "a host that answers at once costs nothing more"


def test_many_hosts_that_answer_cost_next_to_nothing(servers: Servers) -> None:
    port = servers.start(b"SSH-2.0-x\r\n")
    hosts = [Host(f"web-{number}", "127.0.0.1", port) for number in range(50)]
    begun = time.process_time()

    assert wait_for_banners(hosts, seconds=60, children=processes.Children()) == ()

    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("says", "another"),
    [
        ("hostname 198.18.0.10\nport 22\n", False),
        ("hostname 198.18.0.10\nproxyjump none\nproxycommand none\n", False),
        ("hostname 198.18.0.10\nproxyjump bastion\n", True),
        ("hostname 198.18.0.10\nproxycommand nc %h %p\n", True),
        ("hostname 10.0.0.1\n", True),
        ("", False),
    ],
)
def test_the_users_ssh_configuration_may_lead_another_way(
    tmp_path: Path, environ: Mapping[str, str], says: str, another: bool
) -> None:
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nprintf '%s ' \"$@\" > {tmp_path}/asked\ncat <<END\n{says}END\n")
    program.chmod(0o755)
    path = f"{program.parent}:{environ['PATH']}"

    assert goes_another_way(Host("a", "198.18.0.10", 2222, "deploy"), environ={**environ, "PATH": path}) is another
    assert (tmp_path / "asked").read_text() == "-G -p 2222 -l deploy -- 198.18.0.10 "
    assert not goes_another_way(Host("a", "198.18.0.10"), environ={"PATH": str(tmp_path)}), "no ssh, no other way"
