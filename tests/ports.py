"""Ports of this machine: one for a server to come, and one where nobody listens for as long as that matters."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Below those that Linux itself hands out: between the choice and its use, no other test is given the same one.
_OWN = range(20_000, 32_768)


def free_port() -> int:
    """Return a port that nobody listens on."""
    while True:
        port = secrets.choice(_OWN)  # `random` may be seeded alike in all processes of a test run
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port


@contextmanager
def nobody_listening() -> Iterator[socket.socket]:
    """Hold a port, so that nobody else can listen there: who connects is refused, until it is made to listen."""
    with socket.socket() as held:
        held.bind(("0.0.0.0", 0))
        yield held


def port_of(held: socket.socket) -> int:
    return int(held.getsockname()[1])
