"""Template hello through the command line: it needs neither root nor a network, and leaves nothing behind."""

from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from infraops.tools.terraform.program.embedded import library
from tests.catalog.conftest import Repo
from tests.ports import free_port

pytestmark = pytest.mark.skipif(library() is None, reason="the embedded Terraform is not installed")
HELLO = ("hello", "--environment", "local")


def read(port: int) -> str:
    with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=60) as answer:
        return str(answer.read().decode())


@pytest.fixture
def port(repo: Repo) -> int:
    """A free port, written into the blueprint."""
    number = free_port()
    repo.write("hello", "parameters:\n", f"parameters:\n  port: {number}\n")
    return number


def test_hello_comes_changes_stays_and_goes(repo: Repo, port: int) -> None:
    place = Path(repo.environ["HOME"]) / ".local/state/infraops/hello"
    try:
        repo.infraops("apply", *HELLO, "--yes")
        assert "Hello from the assembly line" in read(port)

        again = repo.infraops("apply", *HELLO, "--yes", "--limit", "hello")
        assert again["stacks"][0]["configured"]["hosts"]["hello"]["changed"] == 0

        repo.write("hello", "Hello from the assembly line", "'{{ 7 * 6 }} < 43'")
        changed = repo.infraops("apply", *HELLO, "--yes")
        assert changed["stacks"][0]["configured"]["hosts"]["hello"]["changed"] == 1
        assert "{{ 7 * 6 }} &lt; 43" in read(port)
    finally:
        repo.infraops("destroy", *HELLO, "--yes")
    with pytest.raises(OSError, match="refused"):
        read(port)
    assert list(place.iterdir()) == []
