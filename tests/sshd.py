"""An SSH server of the tests' own, on every loopback address; real ssh and real Ansible reach it."""

import getpass
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infraops import processes
from infraops.models.plans.contract import Host
from infraops.processes import Children
from infraops.tools.ssh import wait_for_banners
from tests.ports import free_port

SEPARATION = Path("/run/sshd")  # where sshd as root insists on having a directory
_PROGRAMS = "/usr/sbin:/usr/local/sbin:/sbin"


@dataclass(frozen=True)
class Sshd:
    """An SSH server: its port, its public key, and the private key that opens it."""

    port: int
    host_key: str
    user_key: Path
    remote_tmp: Path

    def host(self, name: str, address: str = "127.0.0.1", **changes: Any) -> Host:
        settings: dict[str, Any] = {
            "port": self.port,
            "user": getpass.getuser(),
            "host_key": self.host_key,
            "private_key_file": str(self.user_key),
            "vars": {"ansible_remote_tmp": str(self.remote_tmp)},
        }
        return Host(name, address, **{**settings, **changes})


@contextmanager
def serving(directory: Path) -> Iterator[Sshd]:
    """Have a server run, with its files in `directory`; the test is skipped where that cannot be."""
    server = prepared(directory)
    with started(directory):
        if wait_for_banners([server.host("a")], seconds=60, children=Children()):
            pytest.skip(f"sshd cannot be started here: {(directory / 'log').read_text()}")
        yield server


def prepared(directory: Path) -> Sshd:
    """Write a server's files; it is not started yet."""
    if shutil.which("sshd", path=_PROGRAMS) is None or shutil.which("ssh") is None:
        pytest.skip("sshd and ssh are needed: apt-get install openssh-server openssh-client")
    if os.geteuid() == 0:
        SEPARATION.mkdir(mode=0o755, exist_ok=True)  # stays until the next boot: other tests' servers look for it
    for name in ("host", "user"):
        processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(directory / name)])
    port = free_port()
    (directory / "config").write_text(
        f"Port {port}\nListenAddress 0.0.0.0\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/user.pub\n"
        "PidFile none\nStrictModes no\nUsePAM no\nUseDNS no\nPermitRootLogin yes\nPasswordAuthentication no\n"
    )
    return Sshd(port, (directory / "host.pub").read_text().strip(), directory / "user", directory / "remote tmp")


@contextmanager
def started(directory: Path) -> Iterator[None]:
    """Have the server run whose files are in `directory`."""
    program = shutil.which("sshd", path=_PROGRAMS)
    argv = [str(program), "-D", "-e", "-f", str(directory / "config")]
    server = processes.start_detached(argv, log=directory / "log")
    try:
        yield
    finally:
        processes.end(server)
