"""Making a lab host, from its record to the banner of its sshd. Safe from threads and processes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab import boot, layers
from infraops.lab.base import Progress, ensure_base
from infraops.lab.hosts import Host, host_of, remove
from infraops.lab.network import FIRST_HOST, LAST_HOST, Network, ensure_network, is_plugged
from infraops.lab.ready import bring_up
from infraops.lab.records import (
    Phase,
    Record,
    checkout_lock,
    host_directory,
    host_lock,
    readable_record,
    records,
    write_record,
)
from infraops.lab.strays import end_processes, host_processes
from infraops.models.basics.workspace import Workspace

NAME_PATTERN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Wish:
    """What a new host shall be; `made_by` says who wants it, for messages."""

    name: str
    hostname: str | None = None
    memory_mb: int | None = None
    running: bool = True
    made_by: str = ""


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
            _end_namesakes(workspace, record, network)
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
            remove(workspace, wish.name)
            raise
    return host_of(workspace, record)


def _make_room(workspace: Workspace, wish: Wish) -> None:
    record = readable_record(workspace, wish.name)
    if record is not None and record.phase is Phase.READY and Path(record.base).is_dir():
        same_maker = record.made_by == wish.made_by
        if record.known or not same_maker:
            raise InfraOpsError(
                f"making the lab host {wish.name}",
                f"there is a host of this name already, made from {record.made_by or 'elsewhere'}",
                "choose another name, or take it over: terraform import ADDRESS " + wish.name,
            )
    if host_directory(workspace, wish.name).exists():
        remove(workspace, wish.name)


def _end_namesakes(workspace: Workspace, record: Record, network: Network) -> None:
    """End what still runs in this host's place: a host whose directory was taken away from under it."""
    if is_plugged(network.port(record.number)):
        port = f"LAB_PORT={network.port(record.number)}"
        end_processes(process for _, process in host_processes(workspace, variable=port))
        boot.remove_cable(network, record)


def _free_number(workspace: Workspace) -> int:
    used = {record.number for record in records(workspace)}
    for number in range(FIRST_HOST, LAST_HOST + 1):
        if number not in used:
            return number
    raise InfraOpsError("making a lab host", f"all {LAST_HOST - FIRST_HOST + 1} addresses of the lab are in use")


def _refuse_bad_names(wish: Wish) -> None:
    for what, value in (("name", wish.name), ("hostname", wish.hostname or wish.name)):
        if not NAME_PATTERN.fullmatch(value):
            raise InfraOpsError(
                "making a lab host",
                f"{what} {value!r} cannot be a host's name",
                "use lower-case letters, digits and hyphens, at most 63, a letter or digit first and last",
            )
