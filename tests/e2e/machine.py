"""What a run may leave on the machine: taken down before, held against what is there after."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SYSCTLS = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "fs/inotify/max_user_instances", "kernel/pid_max")


def output(*argv: str) -> tuple[str, ...]:
    """Return what a program prints, line by line; nothing where it is not there."""
    try:
        return tuple(subprocess.run(argv, capture_output=True, text=True, timeout=30).stdout.splitlines())
    except FileNotFoundError:
        return ()


@dataclass(frozen=True)
class Machine:
    """The parts of a machine that lab hosts touch."""

    processes: frozenset[str]
    namespaces: frozenset[str]
    mounts: frozenset[str]
    addresses: frozenset[str]
    routes: frozenset[str]
    firewall: tuple[str, ...]
    sysctls: tuple[str, ...]
    control_groups: frozenset[str]


def look(*, mine: Path) -> Machine:
    """Take the machine down, as far as it concerns what works below the directory `mine`."""
    bridges = [json.loads(file.read_text())["bridge"] for file in mine.rglob("lab/network.json")]
    return Machine(
        processes=frozenset(line for line in _command_lines() if str(mine) in line),
        namespaces=frozenset(output("ip", "netns", "list")),
        mounts=frozenset(line for line in Path("/proc/self/mounts").read_text().splitlines() if str(mine) in line),
        addresses=frozenset(line.split("scope")[0] for line in output("ip", "-o", "address") if _is_of(line, bridges)),
        routes=frozenset(line for line in output("ip", "route") if _is_of(line, bridges)),
        firewall=output("nft", "list", "ruleset"),
        sysctls=tuple(Path("/proc/sys", name).read_text() for name in SYSCTLS),
        control_groups=frozenset(_groups([each.removeprefix("iol-") for each in bridges])),
    )


def _command_lines() -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return found


def _is_of(line: str, bridges: list[str]) -> bool:
    return any(bridge in line for bridge in bridges)


def _groups(keys: list[str]) -> list[str]:
    return [
        str(Path(parent) / name)
        for parent, names, _ in os.walk("/sys/fs/cgroup")
        for name in names
        if any(key in name for key in keys)
    ]
