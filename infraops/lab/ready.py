"""Waiting until a host's sshd answers with its banner."""

import socket
import time
from collections.abc import Callable

from infraops.errors import InfraOpsError


def wait_for_ssh(
    address: str, *, port: int = 22, seconds: float, is_alive: Callable[[], bool], is_cabled: Callable[[], bool]
) -> None:
    """Return when sshd says its banner; raise InfraOpsError after `seconds`, or when the host is not alive any more.

    Nothing is sent before the host is cabled: a neighbour that was once asked for in vain is asked for again only
    after a second.
    """
    doing = f"waiting for sshd at {address}"
    end = time.monotonic() + seconds
    pause = 0.02
    while True:
        try:
            if not is_cabled():
                raise OSError("it has no network yet")
            with socket.create_connection((address, port), timeout=1) as connection:
                connection.settimeout(max(1.0, end - time.monotonic()))
                if connection.recv(64).startswith(b"SSH-"):
                    return
                problem = "something answers that is not SSH"
        except OSError as error:
            problem = str(error)
        if not is_alive():
            raise InfraOpsError(doing, "the host ended while it started")
        if time.monotonic() > end:
            raise InfraOpsError(doing, f"no answer within {seconds:.0f} s ({problem})")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)
