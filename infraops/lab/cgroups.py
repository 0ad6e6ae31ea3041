"""The control groups of lab hosts: one a host, by which it is ended as a whole and kept to its memory."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from infraops.errors import InfraOpsError

MOUNT = Path("/sys/fs/cgroup")


def group_name(key: str, name: str) -> str:
    """Return the name of a host's group; `key` is the checkout's."""
    return f"infraops-{key}-{name}"


def hierarchies(mount: Path = MOUNT) -> tuple[Path, ...]:
    """Return the hierarchies that systemd keeps its books in: the one of version 2, and on hybrid machines both."""
    if (mount / "cgroup.controllers").exists():
        return (mount,)
    return tuple(path for path in (mount / "systemd", mount / "unified") if (path / "cgroup.procs").exists())


def are_usable() -> bool:
    """Whether groups can be made here."""
    found = hierarchies()
    return bool(found) and all(os.access(path, os.W_OK) and os.access(path / "cgroup.procs", os.W_OK) for path in found)


def prepare(name: str, memory_mb: int | None) -> tuple[Path, ...]:
    """Make a host's groups and return their directories."""
    groups = [path / name for path in hierarchies()]
    if memory_mb is not None and (parent := _memory_parent()) is not None and parent / name not in groups:
        groups.append(parent / name)
    for group in groups:
        group.mkdir(exist_ok=True)
    if memory_mb is not None:
        limit_memory(name, memory_mb)
    return tuple(groups)


def can_limit_memory() -> bool:
    """Whether a memory limit has any effect here."""
    return _memory_parent() is not None


def limit_memory(name: str, memory_mb: int | None) -> bool:
    """Set (in MiB) or lift the memory limit of a host's groups; return whether there was one to set it on."""
    found = False
    for group in _existing(name):
        for file, lifted in (("memory.max", "max"), ("memory.limit_in_bytes", "-1")):
            if (group / file).exists():
                found = True
                try:
                    (group / file).write_text(lifted if memory_mb is None else str(memory_mb * 1024 * 1024))
                except OSError as error:
                    raise InfraOpsError("limiting a lab host's memory", str(error), "give it more memory_mb") from None
    return found


def remove(name: str, *, deadline: float = 10.0) -> None:
    """End every process in a host's groups and remove the groups; `deadline` is in seconds."""
    end = time.monotonic() + deadline
    groups = _existing(name)
    while remaining := [group for group in groups if group.is_dir()]:
        if time.monotonic() > end:
            raise InfraOpsError("removing a lab host's control groups", f"{remaining[0]} does not become empty")
        for group in remaining:
            _kill(group)
            _remove_tree(group)
        time.sleep(0.01)


def _existing(name: str) -> list[Path]:
    groups = [path / name for path in hierarchies()]
    if not (MOUNT / "cgroup.controllers").exists():
        # Version 1 counts memory below the group of whoever made the host, which need not be ours.
        # os.walk, unlike rglob, does not mind that other hosts' groups disappear meanwhile.
        groups += [Path(path) / name for path, names, _ in os.walk(MOUNT / "memory") if name in names]
    return [group for group in groups if group.is_dir()]


def _memory_parent() -> Path | None:
    """Return the group below which memory can be limited: the root, or (version 1) our own group."""
    if (MOUNT / "cgroup.controllers").exists():
        return MOUNT if "memory" in (MOUNT / "cgroup.subtree_control").read_text().split() else None
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                group = MOUNT / "memory" / path.lstrip("/")
                return group if os.access(group, os.W_OK) else None
    return None


def _kill(group: Path) -> None:
    with suppress(OSError):
        (group / "cgroup.kill").write_text("1")
        return
    for directory, _, _ in os.walk(group):  # which does not mind that groups disappear meanwhile, as rglob would
        with suppress(OSError):
            for pid in Path(directory, "cgroup.procs").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)


def _remove_tree(group: Path) -> None:
    for directory, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(directory).rmdir()
