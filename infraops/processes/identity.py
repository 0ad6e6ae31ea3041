"""Naming processes so that a later one with the same pid is not taken for them, and sending them signals."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """A process that can be told from a later one with the same pid: pid and start time in clock ticks since boot."""

    pid: int
    started: int


def boot_and_namespace() -> str:
    """Name the boot of this machine and the process namespace: where pids of two processes can be compared."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"


def identify(pid: int) -> ProcessIdentity | None:
    """Name the process that has this pid now; None where there is none, or only a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else ProcessIdentity(pid, int(fields[19]))


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether this very process still runs."""
    return identify(identity.pid) == identity


def end(identity: ProcessIdentity, *, number: int = signal.SIGKILL, group: bool = True) -> None:
    """Send a signal to this very process (its whole group by default); nothing happens if it is gone."""
    if is_alive(identity):
        if group:
            signal_group(identity.pid, number)
        else:
            signal_process(identity.pid, number)


def signal_process(pid: int, number: int) -> None:
    """Send a signal to one process; nothing happens if it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def signal_group(pid: int, number: int) -> None:
    """Send a signal to the group that `pid` leads; nothing happens if it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
