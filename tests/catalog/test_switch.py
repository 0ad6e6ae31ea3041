"""The switch of template hello: it starts one server, ends that server alone, and leaves nothing behind."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.ports import free_port

SOURCE = Path(__file__).parents[2] / "infraops/catalog/hello/roles/page/files/switch.py"


def switch(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(home / "switch.py"), *words], capture_output=True, text=True, timeout=120
    )


def read(port: int) -> str:
    with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=60) as answer:
        return str(answer.read().decode())


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except OSError:
        return False
    return True


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A directory as the playbook leaves it, with a name that would upset a shell or a regular expression."""
    directory = tmp_path / "it's a (page)"
    (directory / "site").mkdir(parents=True)
    (directory / "site" / "index.html").write_text("here I am")
    shutil.copy(SOURCE, directory)
    yield directory
    if (directory / "switch.py").exists():
        switch(directory, "off")


def test_on_serves_the_page_once_and_off_leaves_nothing(home: Path) -> None:
    port = free_port()
    assert switch(home, "on", str(port)).stdout == "started\n"
    assert read(port) == "here I am"
    pid = (home / "server.pid").read_text()
    assert switch(home, "on", str(port)).stdout == "running\n"
    assert (home / "server.pid").read_text() == pid
    assert switch(home, "off").stdout == "stopped\n"
    assert not answers(port)
    assert not home.exists()


def test_another_port_moves_the_server(home: Path) -> None:
    first, second = free_port(), free_port()
    switch(home, "on", str(first))
    assert switch(home, "on", str(second)).stdout == "started\n"
    assert not answers(first)
    assert read(second) == "here I am"


def test_a_port_in_use_is_told_and_its_owner_is_left_alone(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        port = int(owner.getsockname()[1])
        result = switch(home, "on", str(port))
        assert result.returncode == 1
        assert f"port {port} of this machine cannot be used: Address already in use" in result.stderr
        assert not (home / "server.pid").exists()
        assert answers(port)


def test_a_server_that_died_is_started_again(home: Path) -> None:
    port = free_port()
    switch(home, "on", str(port))
    os.kill(int((home / "server.pid").read_text()), 9)
    deadline = time.monotonic() + 60
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert switch(home, "on", str(port)).stdout == "started\n"
    assert read(port) == "here I am"


def test_off_does_not_end_a_process_that_was_given_the_pid_later(home: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "serve"])
    try:
        (home / "server.pid").write_text(str(bystander.pid))
        assert switch(home, "off").stdout == "was not running\n"
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_off_leaves_what_is_not_its_own(home: Path) -> None:
    (home / "mine.txt").write_text("keep me")
    switch(home, "off")
    assert [path.name for path in home.iterdir()] == ["mine.txt"]


def test_two_directories_do_not_meet(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(home, other)
    ports = free_port(), free_port()
    switch(home, "on", str(ports[0]))
    switch(other, "on", str(ports[1]))
    switch(home, "off")
    assert answers(ports[1])
    switch(other, "off")
