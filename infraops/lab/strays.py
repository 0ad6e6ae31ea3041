"""What hosts left behind when somebody took their directory, or the process that made them, away."""

import shutil
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infraops import processes
from infraops.lab import cgroups
from infraops.lab.network import in_user_namespace, read_network, remove_bridge, remove_port
from infraops.lab.records import checkout_lock, hosts_directory, names, records
from infraops.models.basics.workspace import Workspace
from infraops.processes import ProcessIdentity


@dataclass(frozen=True)
class Strays:
    """Things that belong to no host: processes by the host they once were, groups, cables, directories, the bridge."""

    processes: tuple[tuple[str, ProcessIdentity], ...] = ()
    groups: tuple[str, ...] = ()
    cables: tuple[str, ...] = ()
    directories: tuple[Path, ...] = ()
    bridge: str | None = None

    def __bool__(self) -> bool:
        return any((self.processes, self.groups, self.cables, self.directories, self.bridge))

    def describe(self) -> tuple[str, ...]:
        """Return one line for each thing."""
        return (
            *(f"process {process.pid} of the former host {name}" for name, process in self.processes),
            *(f"control group {group}" for group in self.groups),
            *(f"cable {cable}" for cable in self.cables),
            *(f"directory {directory}" for directory in self.directories),
            *((f"bridge {self.bridge}",) if self.bridge else ()),
        )


def find_strays(workspace: Workspace) -> Strays:
    """Look for what no host of the checkout accounts for."""
    if not workspace.lab.is_dir():
        return Strays()
    with checkout_lock(workspace):
        here = names(workspace)
        network = read_network(workspace)
        links = [name for _, name in socket.if_nameindex()]
        ports = {network.port(record.number) for record in records(workspace)} if network is not None else set()
        mine = (name for name in links if network is not None and name.startswith(network.port_prefix))
        return Strays(
            processes=tuple(one for one in host_processes(workspace) if one[0] not in here),
            groups=_stray_groups(workspace, here),
            cables=tuple(name for name in mine if name not in ports),
            directories=tuple(sorted(hosts_directory(workspace).glob(".deleted-*"))),
            bridge=network.bridge if network is not None and not here and network.bridge in links else None,
        )


def remove_strays(workspace: Workspace, strays: Strays) -> None:
    """End and remove what was found."""
    end_processes(process for _, process in strays.processes)
    for group in strays.groups:
        cgroups.remove(group)
    for cable in strays.cables:
        remove_port(cable)
    for directory in strays.directories:
        shutil.rmtree(directory, ignore_errors=True)
    if strays.bridge is not None:
        with checkout_lock(workspace):
            if not names(workspace):
                remove_bridge(workspace)


def host_processes(workspace: Workspace, *, variable: str = "") -> tuple[tuple[str, ProcessIdentity], ...]:
    """Return the processes on this machine that were started as hosts of this checkout, with the hosts' names.

    With `variable` ("NAME=value") only those in whose environment it stands.
    """
    prefix = f"LAB_DIRECTORY={hosts_directory(workspace)}/".encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            variables = file.read_bytes().split(b"\0")
            directory = next((one for one in variables if one.startswith(prefix)), None)
            process = processes.identify(int(file.parent.name))
            if directory is not None and process is not None and (not variable or variable.encode() in variables):
                found.append((directory.removeprefix(prefix).decode(), process))
    return tuple(found)


def bases_in_use() -> frozenset[str]:
    """Return the base layers under running hosts of any checkout, as far as this user may see them."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            variables = file.read_bytes().split(b"\0")
            found |= {one.removeprefix(b"LAB_BASE=").decode() for one in variables if one.startswith(b"LAB_BASE=")}
    return frozenset(found)


def end_processes(these: Iterable[ProcessIdentity], *, seconds: float = 5.0) -> None:
    """Kill processes and wait until they are gone."""
    ending = tuple(these)
    for process in ending:
        processes.end(process, group=False)
    limit = time.monotonic() + seconds
    while any(map(processes.is_alive, ending)) and time.monotonic() < limit:
        time.sleep(0.01)


def _stray_groups(workspace: Workspace, here: tuple[str, ...]) -> tuple[str, ...]:
    if in_user_namespace():
        return ()
    prefix = cgroups.group_name(workspace.key, "")
    found = {path.name for hierarchy in cgroups.hierarchies() for path in hierarchy.glob(f"{prefix}*")}
    return tuple(sorted(group for group in found if group.removeprefix(prefix) not in here))
