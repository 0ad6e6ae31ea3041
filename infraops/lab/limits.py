"""Kernel limits that many hosts together run into, and how to see them before they hurt."""

import ctypes
import os
from pathlib import Path

from infraops.errors import InfraOpsError

INOTIFY_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_PER_HOST = 3  # what one systemd holds open
ROOMY = 1024


def inotify_left(most: int) -> int:
    """Return how many inotify instances this user can still open, counted up to `most`."""
    libc = ctypes.CDLL(None, use_errno=True)
    opened: list[int] = []
    try:
        while len(opened) < most and (descriptor := libc.inotify_init1(os.O_CLOEXEC)) >= 0:
            opened.append(descriptor)
        return len(opened)
    finally:
        for descriptor in opened:
            os.close(descriptor)


def inotify_limit() -> int:
    """Return how many inotify instances the kernel grants each user."""
    try:
        return int(INOTIFY_LIMIT.read_text())
    except (OSError, ValueError):
        return ROOMY


def out_of_inotify(name: str) -> InfraOpsError:
    """Return the error for a host whose systemd finds no inotify instance: it would hang without a word."""
    limit = inotify_limit()
    return InfraOpsError(
        f"starting the lab host {name}",
        f"the {limit} inotify instances that the kernel grants a user are in use; "
        f"each host with systemd takes {INOTIFY_PER_HOST}, so about {limit // INOTIFY_PER_HOST} hosts fit",
        f"allow more: sysctl fs.inotify.max_user_instances={ROOMY} (as root; it holds until the next boot); "
        "or make hosts without systemd: INFRAOPS_LAB_DRIVER=light",
    )
