"""Starting and ending the one process tree that is a lab host."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import cgroups, layers, programs
from infraops.lab.network import PREFIX, Network, in_user_namespace, remove_port
from infraops.lab.records import Driver, Record, host_directory, write_whole
from infraops.models.basics.workspace import Workspace
from infraops.processes import ProcessIdentity

SCRIPT = Path(__file__).with_name("boot.sh")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
CABLED = "cabled"  # a host's network answers from the moment this file is there
LAYERS = ("upper", "work", "lower", "root")


def choose_driver(environ: Mapping[str, str]) -> Driver:
    """Return what hosts are made with here: what INFRAOPS_LAB_DRIVER says, else the best that is possible."""
    doing = "choosing how to make lab hosts"
    wanted = environ.get("INFRAOPS_LAB_DRIVER") or None
    if wanted is not None and wanted not in tuple(Driver):
        raise InfraOpsError(doing, f"INFRAOPS_LAB_DRIVER={wanted} is not known", f"use {' or '.join(Driver)}")
    if os.geteuid() != 0:
        raise InfraOpsError(
            doing,
            "this process is not root, not even of a user namespace",
            "`infraops doctor` says what is missing; infraops itself enters the lab's namespaces where it can",
        )
    if wanted is not None:
        return Driver(wanted)
    whole = not in_user_namespace() and programs.find("systemd-nspawn", environ) is not None and cgroups.are_usable()
    return Driver.NSPAWN if whole else Driver.LIGHT


def start(workspace: Workspace, record: Record, network: Network) -> ProcessIdentity:
    """Start a host that does not run; return its process. The caller holds the host's lock."""
    end(workspace, record.name)
    directory = host_directory(workspace, record.name)
    token = os.urandom(8).hex()
    write_whole(directory / "boot", token)
    for layer in LAYERS:
        (directory / layer).mkdir(exist_ok=True)
    (directory / CABLED).unlink(missing_ok=True)
    layers.readdress(directory / "upper", hostname=record.hostname, address=network.address(record.number))
    try:
        return processes.start_detached(
            ["sh", str(SCRIPT), "outside"],
            log=directory / "log",
            env=programs.environment() | _variables(workspace, record, network, token),
        )
    except ChildProcessError:
        raise InfraOpsError(f"starting the lab host {record.name}", last_words(workspace, record.name)) from None


def end(workspace: Workspace, name: str) -> None:
    """End every process of a host at once, and what the kernel kept for it. The caller holds the host's lock."""
    directory = host_directory(workspace, name)
    if directory.is_dir():
        write_whole(directory / "boot", "none")  # a start that is still under way sees this, or is seen below
    ending = []
    for file in directory.glob("process.*"):
        process = read_process(file)
        if process is not None and processes.is_alive(process):
            ending += [process, *_children(process)]
            processes.end(process, group=False)
        file.unlink(missing_ok=True)
    if not in_user_namespace():
        cgroups.remove(cgroups.group_name(workspace.key, name))
    deadline = time.monotonic() + 10
    while any(map(processes.is_alive, ending)):
        if time.monotonic() > deadline:
            raise InfraOpsError(f"ending the lab host {name}", f"processes stay: {[one.pid for one in ending]}")
        time.sleep(0.005)


def is_cabled(workspace: Workspace, name: str) -> bool:
    """Whether a host that was started has come as far as having a network."""
    return (host_directory(workspace, name) / CABLED).exists()


def remove_cable(network: Network | None, record: Record) -> None:
    """Remove a host's cable: the kernel does it too, but in its own time."""
    if network is not None:
        remove_port(network.port(record.number))


def running_process(workspace: Workspace, name: str) -> ProcessIdentity | None:
    """Return the process that is this host, or None where it does not run."""
    directory = host_directory(workspace, name)
    with suppress(OSError):
        process = read_process(directory / f"process.{(directory / 'boot').read_text()}")
        if process is not None and processes.is_alive(process):
            return process
    return None


def last_words(workspace: Workspace, name: str) -> str:
    """Return the last lines that a host's start left in its log."""
    with suppress(OSError):
        lines = (host_directory(workspace, name) / "log").read_text(errors="replace").strip().splitlines()
        if lines:
            return " / ".join(lines[-3:])
    return "it said nothing"


def _variables(workspace: Workspace, record: Record, network: Network, token: str) -> dict[str, str]:
    groups: tuple[Path, ...] = ()
    if not in_user_namespace() and cgroups.are_usable():
        groups = cgroups.prepare(cgroups.group_name(workspace.key, record.name), record.memory_mb)
    address = network.address(record.number)
    return {
        "LAB_DIRECTORY": str(host_directory(workspace, record.name)),
        "LAB_BOOT": token,
        "LAB_BASE": record.base,
        "LAB_DRIVER": str(record.driver),
        "LAB_GROUPS": "\n".join(map(str, groups)),
        "LAB_BRIDGE": network.bridge,
        "LAB_PORT": network.port(record.number),
        "LAB_ADDRESS": f"{address}/{PREFIX}",
        "LAB_GATEWAY": str(network.gateway),
        # By its address: who talks to it again after it was started or made anew finds it at once.
        "LAB_MAC": ":".join(f"{byte:02x}" for byte in (0x02, 0x4C, *IPv4Address(address).packed)),
        "LAB_NAME": record.name,
        "LAB_HOSTNAME": record.hostname,
        "LAB_OVERLAY": ",userxattr" if in_user_namespace() else "",
    }


def read_process(file: Path) -> ProcessIdentity | None:
    """Return the process that a start wrote down in `file`, unless that was before the machine's last boot."""
    with suppress(OSError, ValueError):
        boot_id, pid, started = file.read_text().split()
        if boot_id == BOOT_ID.read_text().strip():
            return ProcessIdentity(int(pid), int(started))
    return None


def _children(process: ProcessIdentity) -> list[ProcessIdentity]:
    with suppress(OSError):
        pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return [child for pid in pids if (child := processes.identify(int(pid))) is not None]
    return []
