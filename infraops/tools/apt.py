"""Debian's packages: installing by name what somebody was told about first."""

import os
from collections.abc import Callable, Mapping, Sequence

from infraops import processes
from infraops.errors import InfraOpsError


def install(
    packages: Sequence[str],
    *,
    environ: Mapping[str, str],
    children: processes.Children,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Install Debian packages on this machine. Raises InfraOpsError where that is not possible, with the command."""
    doing = f"installing the Debian packages {' '.join(packages)}"
    by_hand = f"install them by hand: apt-get install {' '.join(packages)}"
    if os.geteuid() != 0:
        raise InfraOpsError(doing, "this needs root", by_hand)
    env = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
    for argv in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
    ):
        try:
            finished = processes.run(argv, env=env, on_line=on_line, children=children)
        except OSError as error:
            raise InfraOpsError(doing, f"apt-get cannot be started: {error}", by_hand) from error
        if finished.exit_code:
            said = finished.stderr.strip().splitlines()
            raise InfraOpsError(doing, said[-1] if said else f"apt-get ended with {finished.exit_code}", by_hand)
