"""Lab hosts: make, read, start, stop and delete real Linux hosts on this machine. Safe from threads and processes."""

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab import boot, cgroups
from infraops.lab.network import (
    ensure_network,
    is_plugged,
    is_up,
    read_network,
    remove_bridge,
)
from infraops.lab.ready import bring_up
from infraops.lab.records import (
    Phase,
    Record,
    checkout_lock,
    host_directory,
    host_lock,
    names,
    read_record,
    readable_record,
    records,
    write_record,
)
from infraops.models.basics.workspace import Workspace

USER = "ops"
PORT = 22


@dataclass(frozen=True)
class Host:
    """A lab host as it is now. `identity` changes when the host is made anew under the same name."""

    name: str
    hostname: str
    address: str
    host_key: str
    private_key_file: Path
    identity: str
    running: bool
    driver: str
    memory_mb: int | None = None
    made_by: str = ""
    port: int = PORT
    user: str = USER


def read(workspace: Workspace, name: str) -> Host | None:
    """Return a host as it is now; None where there is none, or only a half-made one, or its base layer is gone."""
    record = read_record(workspace, name)
    if record is None or record.phase is not Phase.READY or not Path(record.base).is_dir():
        return None
    return host_of(workspace, record)


def list_hosts(workspace: Workspace) -> tuple[Host, ...]:
    """Return every finished host of the checkout."""
    found = (read(workspace, record.name) for record in records(workspace))
    return tuple(host for host in found if host is not None)


def start(workspace: Workspace, name: str) -> Host:
    """Bring a stopped host back with all that was written on it; nothing happens to one that runs."""
    with host_lock(workspace, name):
        record = _existing(workspace, name, f"starting the lab host {name}")
        with checkout_lock(workspace):
            network = ensure_network(workspace)
        if not _is_running(workspace, record):
            bring_up(workspace, record, network)
    return host_of(workspace, record)


def stop(workspace: Workspace, name: str) -> Host:
    """End a host's processes at once; what was written on it stays."""
    with host_lock(workspace, name):
        record = _existing(workspace, name, f"stopping the lab host {name}")
        boot.end(workspace, name)
        boot.remove_cable(read_network(workspace), record)
    return host_of(workspace, record)


def limit_memory(workspace: Workspace, name: str, memory_mb: int | None) -> bool:
    """Change a host's memory limit; return False where it takes effect only when the host starts again."""
    with host_lock(workspace, name):
        record = _existing(workspace, name, f"limiting the memory of the lab host {name}")
        write_record(workspace, replace(record, memory_mb=memory_mb))
        return cgroups.limit_memory(cgroups.group_name(workspace.key, name), memory_mb)


def confirm(workspace: Workspace, name: str, identity: str) -> None:
    """Note that a Terraform state knows this host: from now on nothing but `delete` clears it away."""
    record = read_record(workspace, name)
    if record is None or record.known or record.identity != identity:
        return
    with host_lock(workspace, name):
        record = read_record(workspace, name)
        if record is not None and record.identity == identity:
            write_record(workspace, replace(record, known=True))


def delete(workspace: Workspace, name: str, *, identity: str | None = None) -> bool:
    """Remove a host and everything of it; return False where there was none (or only one with another `identity`)."""
    with host_lock(workspace, name):
        if (
            identity is not None
            and (record := readable_record(workspace, name)) is not None
            and record.identity != identity
        ):
            return False
        return remove(workspace, name)


def delete_idle(workspace: Workspace, name: str) -> bool:
    """Remove a host that nobody is working on just now; return False, and change nothing, where somebody is."""

    def give_up() -> None:
        raise BlockingIOError

    try:
        with host_lock(workspace, name, on_wait=give_up):
            remove(workspace, name)
    except BlockingIOError:
        return False
    return True


def remove(workspace: Workspace, name: str) -> bool:
    """Remove a host and everything of it, finished or not. The caller holds the host's lock."""
    directory = host_directory(workspace, name)
    existed = directory.is_dir()
    record = readable_record(workspace, name)
    boot.end(workspace, name)
    if record is not None:
        boot.remove_cable(read_network(workspace), record)
    trash = directory.with_name(f".deleted-{name}-{time.monotonic_ns()}")
    with checkout_lock(workspace):
        with suppress(FileNotFoundError):
            directory.rename(trash)  # from here on there is no such host, whatever happens to us
        if not names(workspace):
            remove_bridge(workspace)
    if trash.exists():
        shutil.rmtree(trash)
    return existed


def _existing(workspace: Workspace, name: str, doing: str) -> Record:
    record = read_record(workspace, name)
    if record is None or record.phase is not Phase.READY:
        raise InfraOpsError(doing, "there is no such host", "`infraops lab status` lists the hosts there are")
    if not Path(record.base).is_dir():
        raise InfraOpsError(doing, f"its base layer {record.base} is gone", "`infraops apply` makes the host anew")
    return record


def host_of(workspace: Workspace, record: Record) -> Host:
    """Return the host of a record, with what is true of it now."""
    network = read_network(workspace)
    return Host(
        name=record.name,
        hostname=record.hostname,
        address=network.address(record.number) if network is not None else "",
        host_key=record.host_key,
        private_key_file=workspace.lab / "id_ed25519",
        identity=record.identity,
        running=_is_running(workspace, record),
        driver=str(record.driver),
        memory_mb=record.memory_mb,
        made_by=record.made_by,
    )


def _is_running(workspace: Workspace, record: Record) -> bool:
    """Whether a host's process lives and its cable is plugged in here; one in a lost network is of no use."""
    network = read_network(workspace)
    plugged = network is not None and is_up(network) and is_plugged(network.port(record.number))
    return plugged and boot.running_process(workspace, record.name) is not None
