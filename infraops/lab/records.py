"""What the lab knows about its hosts: one directory and one JSON record a host, written whole and moved into place."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab.locks import locked
from infraops.models.basics.workspace import Workspace


class Phase(StrEnum):
    """How far the making of a host has come."""

    CREATING = "creating"
    READY = "ready"


class Driver(StrEnum):
    """What a host is made with."""

    NSPAWN = "nspawn"  # systemd-nspawn: a whole Debian with systemd; needs real root and cgroups
    LIGHT = "light"  # namespaces and sshd; works inside a user namespace too


@dataclass(frozen=True)
class Record:
    """What is written down about a host.

    `number` is its place in the checkout's subnet; `base` the directory of its lower layer; `identity` its machine-id;
    `known` whether Terraform has asked for it since it was made, and so has it in a state.
    """

    name: str
    hostname: str
    number: int
    identity: str
    driver: Driver
    base: str
    phase: Phase
    host_key: str
    made_by: str = ""
    memory_mb: int | None = None
    known: bool = False


def hosts_directory(workspace: Workspace) -> Path:
    """Return the directory under which every host of the checkout has its own."""
    return workspace.lab / "hosts"


def host_directory(workspace: Workspace, name: str) -> Path:
    """Return the directory of one host: its record, its writable layer, its log."""
    return hosts_directory(workspace) / name


def checkout_lock(workspace: Workspace) -> AbstractContextManager[None]:
    """Lock numbers, bridge and the list of hosts of one checkout; held for milliseconds."""
    return locked(workspace.lab / "lock")


def host_lock(
    workspace: Workspace, name: str, *, on_wait: Callable[[], None] | None = None
) -> AbstractContextManager[None]:
    """Lock one host while it is made, started, stopped or deleted."""
    return locked(hosts_directory(workspace) / f"{name}.lock", remove=True, on_wait=on_wait)


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file in full beside its place, then move it there: a reader sees the old or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_record(workspace: Workspace, record: Record) -> None:
    """Put a host's record in place."""
    write_whole(host_directory(workspace, record.name) / "host.json", json.dumps(asdict(record), indent=2) + "\n")


def read_record(workspace: Workspace, name: str) -> Record | None:
    """Return a host's record; None where there is no such host, InfraOpsError where the record is damaged."""
    file = host_directory(workspace, name) / "host.json"
    try:
        data = json.loads(file.read_text())
        return Record(**{**data, "driver": Driver(data["driver"]), "phase": Phase(data["phase"])})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise InfraOpsError(
            f"reading the lab host {name}",
            f"its record {file} is damaged ({error})",
            "remove the host with: infraops lab prune",
        ) from None


def readable_record(workspace: Workspace, name: str) -> Record | None:
    """Return a host's record; None where there is none, or a damaged one."""
    with suppress(InfraOpsError):
        return read_record(workspace, name)
    return None


def names(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of all hosts that have a directory, finished or not."""
    try:
        entries = sorted(hosts_directory(workspace).iterdir())
    except FileNotFoundError:
        return ()
    return tuple(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def records(workspace: Workspace) -> Iterator[Record]:
    """Yield the records that can be read."""
    for name in names(workspace):
        if (record := readable_record(workspace, name)) is not None:
            yield record
