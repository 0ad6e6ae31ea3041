"""Starting a host and waiting until its sshd answers with its banner."""

import socket
import time

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import boot, limits
from infraops.lab.network import Network
from infraops.lab.records import Driver, Record
from infraops.models.basics.workspace import Workspace

PATIENCE = 120.0  # seconds until sshd must answer; an idle machine takes a fraction of one
BANNER = 3.0  # seconds until sshd must say something to a connection that it accepted
SECOND_LOOK = 5.0  # seconds after which a host that has not answered is looked into


def bring_up(workspace: Workspace, record: Record, network: Network) -> None:
    """Start a host and return when its sshd answers. The caller holds the host's lock."""
    whole, short = record.driver is Driver.NSPAWN, False
    if whole and limits.inotify_left(limits.INOTIFY_PER_HOST) < limits.INOTIFY_PER_HOST:
        raise limits.out_of_inotify(record.name)
    process = boot.start(workspace, record, network)
    address = network.address(record.number)
    begun, pause = time.monotonic(), 0.02
    while True:
        # Nothing is sent before the host is cabled: a neighbour once asked for in vain is asked again only after 1 s.
        problem = sshd_silence(address) if boot.is_cabled(workspace, record.name) else "it has no network yet"
        if problem is None:
            return
        waited = time.monotonic() - begun
        if not processes.is_alive(process):
            raise _failure(workspace, record, "the host ended while it started")
        if waited > PATIENCE:
            raise _failure(workspace, record, f"no answer from {address} within {PATIENCE:.0f} s ({problem})")
        short = short or (whole and limits.inotify_left(1) < 1)
        if short and waited > SECOND_LOOK:
            raise limits.out_of_inotify(record.name)
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)


def sshd_silence(address: str, port: int = 22) -> str | None:
    """Return why no sshd is heard at an address; None where one is."""
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            connection.settimeout(BANNER)  # seen once in a while: accepted, and then never served
            return None if connection.recv(64).startswith(b"SSH-") else "something answers that is not SSH"
    except OSError as error:
        return str(error)


def _failure(workspace: Workspace, record: Record, problem: str) -> InfraOpsError:
    return InfraOpsError(
        f"starting the lab host {record.name}",
        f"{problem}; its log says: {boot.last_words(workspace, record.name)}",
        "`infraops doctor` says what lab hosts need of this machine",
    )
