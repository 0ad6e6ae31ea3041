"""The checkout's own network: a bridge and a subnet that nobody else on this machine uses; no way out of it."""

import hashlib
import ipaddress
import json
import os
import socket
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab.locks import locked
from infraops.lab.programs import call
from infraops.lab.records import write_whole
from infraops.models.basics.workspace import Workspace

RANGE = IPv4Network("198.18.0.0/15")  # RFC 2544: kept for trials, routed nowhere
PREFIX = 22
FIRST_HOST = 2  # 0 names the subnet, 1 is the bridge
LAST_HOST = 2 ** (32 - PREFIX) - 2


@dataclass(frozen=True)
class Network:
    """A bridge and its subnet; host number n has the subnet's nth address."""

    bridge: str
    subnet: IPv4Network

    @property
    def gateway(self) -> IPv4Address:
        """The bridge's own address, from which the operator's machine reaches the hosts."""
        return self.subnet[1]

    def address(self, number: int) -> str:
        """Return the address of a host by its number."""
        return str(self.subnet[number])

    def port(self, number: int) -> str:
        """Return the name of the bridge's end of a host's cable."""
        return f"{self.port_prefix}{number}"

    @property
    def port_prefix(self) -> str:
        """What the names of all cables of this bridge start with."""
        return f"{self.bridge.replace('-', '')}-"


def choose(key: str, taken: Iterable[IPv4Network]) -> IPv4Network:
    """Return a subnet that overlaps none of `taken`; `key` spreads checkouts over the range. Pure."""
    blocked = tuple(taken)
    candidates = tuple(RANGE.subnets(new_prefix=PREFIX))
    start = int(hashlib.sha256(key.encode()).hexdigest(), 16) % len(candidates)
    for offset in range(len(candidates)):
        candidate = candidates[(start + offset) % len(candidates)]
        if not any(candidate.overlaps(other) for other in blocked):
            return candidate
    raise InfraOpsError(
        "choosing a subnet for the lab",
        f"every /{PREFIX} of {RANGE} is in use on this machine",
        "free some: `ip -4 route` shows them; `infraops lab prune` removes hosts of checkouts that are gone",
    )


def read_network(workspace: Workspace) -> Network | None:
    """Return the network that this checkout chose, whether it is up or not."""
    return _read(workspace.lab / "network.json")


def is_up(network: Network) -> bool:
    """Whether the bridge exists here (in this network namespace)."""
    return is_plugged(network.bridge)


def is_plugged(name: str) -> bool:
    """Whether there is a network device of this name here."""
    with suppress(OSError):
        return bool(socket.if_nametoindex(name))
    return False


def ensure_network(workspace: Workspace) -> Network:
    """Return the checkout's network with its bridge up; choose it the first time. The caller holds the checkout's lock.

    After a reboot the remembered subnet is taken again; if something else has it by then, another one is chosen.
    """
    with _machine_lock(workspace):
        network = read_network(workspace)
        if network is not None and _is_complete(network):
            return network
        if network is not None and is_up(network):
            call("removing a half-made lab bridge", ["ip", "link", "delete", network.bridge])
        network = _choose(workspace, network)
        _bring_up(workspace, network)
        return network


def settle(workspace: Workspace) -> None:
    """While the bridge is down, make sure that the remembered subnet is still free; choose another where it is not.

    For whoever reads addresses before hosts are started again: they stay what they are read as.
    """
    network = read_network(workspace)
    if network is not None and not is_up(network):
        with _machine_lock(workspace):
            if not is_up(network):
                _choose(workspace, read_network(workspace))


def remove_bridge(workspace: Workspace) -> None:
    """Take the bridge down; the choice of subnet stays. The caller holds the checkout's lock."""
    network = read_network(workspace)
    if network is not None and is_up(network):
        call("removing the lab's bridge", ["ip", "link", "delete", network.bridge])


def remove_port(name: str) -> None:
    """Remove a host's cable, if it is still there."""
    if not is_plugged(name):
        return
    with suppress(InfraOpsError):  # it goes by itself with the host's namespace, perhaps just now
        call("removing a lab host's cable", ["ip", "link", "delete", name])


def in_user_namespace() -> bool:
    """Whether this process is root of a user namespace only, and not of the machine."""
    try:
        return Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]
    except OSError:
        return False


def _machine_lock(workspace: Workspace) -> AbstractContextManager[None]:
    """Lock the choice of subnets: machine-wide for root; inside a user namespace the network is the checkout's own."""
    if in_user_namespace() or os.geteuid() != 0:
        return locked(workspace.lab / "network.lock")
    directory = next((d for d in ("/run/lock", "/var/lock", "/run") if Path(d).is_dir()), "/run")
    return locked(Path(directory, "infraops-lab.lock"), remove=True)


def _choose(workspace: Workspace, network: Network | None) -> Network:
    """Return the network as remembered if nobody took its subnet, else a new choice; the caller holds the lock."""
    routes = _routes(but=network.bridge if network is not None else None)
    if network is None or any(network.subnet.overlaps(route) for route in routes):
        subnet = choose(workspace.key, (*routes, *_others(workspace)))
        network = Network(_free_name(workspace.key), subnet)
        write_whole(workspace.lab / "network.json", _as_json(network))
    return network


def _bring_up(workspace: Workspace, network: Network) -> None:
    bridge = network.bridge
    commands = [
        f"link add name {bridge} type bridge forward_delay 0",
        f"addr add {network.gateway}/{PREFIX} dev {bridge}",
        f"link set dev {bridge} up",
    ]
    call("making the lab's bridge", ["ip", "-batch", "-"], stdin="\n".join(commands) + "\n")
    call("naming the lab's bridge", ["ip", "link", "set", "dev", bridge, "alias", f"infraops {workspace.root}"[:255]])
    for link in json.loads(call("looking for the lab's cables", ["ip", "-j", "link", "show", "type", "veth"]) or "[]"):
        if link["ifname"].startswith(network.port_prefix):  # hosts that run on while their bridge was taken away
            call("plugging in a lab host", ["ip", "link", "set", "dev", link["ifname"], "master", bridge])


def _is_complete(network: Network) -> bool:
    if not is_up(network):
        return False
    (link,) = json.loads(call("looking at the lab's bridge", ["ip", "-4", "-j", "addr", "show", "dev", network.bridge]))
    here = {entry.get("local") for entry in link.get("addr_info", ())}
    return str(network.gateway) in here and "UP" in link.get("flags", ())


def _routes(*, but: str | None) -> tuple[IPv4Network, ...]:
    """Return what this machine has routes to, those over the device `but` left out."""
    routes = json.loads(call("looking at the routes", ["ip", "-4", "-j", "route", "show", "table", "all"]) or "[]")
    found = []
    for route in routes:
        if route.get("dev") == but:
            continue
        with suppress(ValueError):  # "default", and types without a destination
            found.append(ipaddress.ip_network(route.get("dst", ""), strict=False))
    return tuple(route for route in found if isinstance(route, IPv4Network) and route.prefixlen > 0)


def _others(workspace: Workspace) -> tuple[IPv4Network, ...]:
    """Return what this user's other checkouts have chosen, their bridges up or not."""
    files = workspace.state.parent.glob("*/lab/network.json")
    networks = (_read(file) for file in files if file.parent != workspace.lab)
    return tuple(network.subnet for network in networks if network is not None)


def _free_name(key: str) -> str:
    for offset in range(16):
        name = f"iol-{hashlib.sha256(f'{key}{offset}'.encode()).hexdigest()[:6]}" if offset else f"iol-{key[:6]}"
        if not is_up(Network(name, RANGE)):
            return name
    raise InfraOpsError("naming the lab's bridge", "every name that was tried is in use", "`ip link` shows them")


def _as_json(network: Network) -> str:
    return json.dumps({"bridge": network.bridge, "subnet": str(network.subnet)}) + "\n"


def _read(file: Path) -> Network | None:
    try:
        data = json.loads(file.read_text())
        return Network(data["bridge"], IPv4Network(data["subnet"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
