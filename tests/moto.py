"""An AWS of the tests' own: moto's server on a loopback port, which keeps nothing."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.needs import lacking

REGION = "eu-west-1"


@dataclass(frozen=True)
class Emulator:
    """A running server."""

    url: str

    def client(self, service: str, *, region: str = REGION) -> Any:
        """Return boto3's client of a service."""
        import boto3

        return boto3.Session("emulator", "emulator", region_name=region).client(service, endpoint_url=self.url)


@contextmanager
def emulator() -> Iterator[Emulator]:
    """Start a server, and stop it at the end; where moto is not installed, the test is skipped."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        lacking("moto[server] is not installed")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        # All servers of a process have one memory.
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=10).close()
        yield Emulator(url)
    finally:
        server.stop()
