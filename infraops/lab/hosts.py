"""Lab hosts: make, read, start, stop and delete real Linux hosts on this machine. Safe from threads and processes."""

import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab import boot, cgroups, layers
from infraops.lab.base import Progress, ensure_base
from infraops.lab.network import FIRST_HOST, LAST_HOST, ensure_network, is_up, read_network, remove_bridge
from infraops.lab.ready import bring_up
from infraops.lab.records import (
    Phase,
    Record,
    checkout_lock,
    host_directory,
    host_lock,
    names,
    read_record,
    records,
    write_record,
)
from infraops.models.workspace import Workspace

USER = "ops"
PORT = 22
NAME_PATTERN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Wish:
    """What a new host shall be; `made_by` says who wants it, for messages."""

    name: str
    hostname: str | None = None
    memory_mb: int | None = None
    running: bool = True
    made_by: str = ""


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


def create(workspace: Workspace, wish: Wish, environ: Mapping[str, str], progress: Progress = lambda _: None) -> Host:
    """Make a host and wait until its sshd answers.

    Raises InfraOpsError if there is a host of this name that some Terraform state knows. One that was half made, or
    that no state has come to know, is cleared away first.
    """
    _refuse_bad_names(wish)
    driver = boot.choose_driver(environ)
    layers.refuse_unsuitable_file_system(workspace)
    base = ensure_base(workspace.cache, environ, progress)
    login = layers.ensure_login(workspace)
    with host_lock(workspace, wish.name):
        _make_room(workspace, wish)
        try:
            with checkout_lock(workspace):
                record = Record(
                    name=wish.name,
                    hostname=wish.hostname or wish.name,
                    number=_free_number(workspace),
                    identity=layers.new_identity(),
                    driver=driver,
                    base=str(base.path),
                    phase=Phase.CREATING,
                    host_key="",
                    made_by=wish.made_by,
                    memory_mb=wish.memory_mb,
                )
                write_record(workspace, record)
                network = ensure_network(workspace)
            host_key = layers.prepare_layer(
                host_directory(workspace, record.name) / "upper",
                hostname=record.hostname,
                identity=record.identity,
                address=network.address(record.number),
                login=login,
            )
            record = replace(record, host_key=host_key)
            if wish.running:
                bring_up(workspace, record, network)
            record = replace(record, phase=Phase.READY)
            write_record(workspace, record)
        except BaseException:
            _remove(workspace, wish.name)
            raise
    return _host(workspace, record)


def read(workspace: Workspace, name: str) -> Host | None:
    """Return a host as it is now; None where there is none, or only a half-made one, or its base layer is gone."""
    record = read_record(workspace, name)
    if record is None or record.phase is not Phase.READY or not Path(record.base).is_dir():
        return None
    return _host(workspace, record)


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
        if boot.running_process(workspace, name) is None:
            bring_up(workspace, record, network)
    return _host(workspace, record)


def stop(workspace: Workspace, name: str) -> Host:
    """End a host's processes at once; what was written on it stays."""
    with host_lock(workspace, name):
        record = _existing(workspace, name, f"stopping the lab host {name}")
        boot.end(workspace, name)
        boot.remove_cable(read_network(workspace), record)
    return _host(workspace, record)


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
        if identity is not None and (record := _readable(workspace, name)) is not None and record.identity != identity:
            return False
        return _remove(workspace, name)


def _remove(workspace: Workspace, name: str) -> bool:
    directory = host_directory(workspace, name)
    existed = directory.is_dir()
    record = _readable(workspace, name)
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


def _make_room(workspace: Workspace, wish: Wish) -> None:
    record = _readable(workspace, wish.name)
    if record is not None and record.phase is Phase.READY and Path(record.base).is_dir():
        same_maker = record.made_by == wish.made_by
        if record.known or not same_maker:
            raise InfraOpsError(
                f"making the lab host {wish.name}",
                f"there is a host of this name already, made from {record.made_by or 'elsewhere'}",
                "choose another name, or take it over: terraform import ADDRESS " + wish.name,
            )
    if host_directory(workspace, wish.name).exists():
        _remove(workspace, wish.name)


def _free_number(workspace: Workspace) -> int:
    used = {record.number for record in records(workspace)}
    for number in range(FIRST_HOST, LAST_HOST + 1):
        if number not in used:
            return number
    raise InfraOpsError("making a lab host", f"all {LAST_HOST - FIRST_HOST + 1} addresses of the lab are in use")


def _existing(workspace: Workspace, name: str, doing: str) -> Record:
    record = read_record(workspace, name)
    if record is None or record.phase is not Phase.READY:
        raise InfraOpsError(doing, "there is no such host", "`infraops lab status` lists the hosts there are")
    if not Path(record.base).is_dir():
        raise InfraOpsError(doing, f"its base layer {record.base} is gone", "`infraops apply` makes the host anew")
    return record


def _readable(workspace: Workspace, name: str) -> Record | None:
    with suppress(InfraOpsError):
        return read_record(workspace, name)
    return None


def _host(workspace: Workspace, record: Record) -> Host:
    network = read_network(workspace)
    running = network is not None and is_up(network) and boot.running_process(workspace, record.name) is not None
    return Host(
        name=record.name,
        hostname=record.hostname,
        address=network.address(record.number) if network is not None else "",
        host_key=record.host_key,
        private_key_file=workspace.lab / "id_ed25519",
        identity=record.identity,
        running=running,
        driver=str(record.driver),
        memory_mb=record.memory_mb,
        made_by=record.made_by,
    )


def _refuse_bad_names(wish: Wish) -> None:
    for what, value in (("name", wish.name), ("hostname", wish.hostname or wish.name)):
        if not NAME_PATTERN.fullmatch(value):
            raise InfraOpsError(
                "making a lab host",
                f"{what} {value!r} cannot be a host's name",
                "use lower-case letters, digits and hyphens, at most 63, a letter or digit first and last",
            )
