"""An AWS of the tests' own: moto's server on a loopback port, the real provider from an unpacked mirror, boto3 to look.

The mirror is a directory named `registry.terraform.io`, as Terraform's documentation of `filesystem_mirror` has it. It
is looked for in the usual places; INFRAOPS_TEST_PROVIDERS names another.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.ports import free_port

REGISTRY = "registry.terraform.io"
VARIABLE = "INFRAOPS_TEST_PROVIDERS"
_PLACES = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
    "/opt/*/*",
    "/srv/*",
)
_READY_SECONDS = 120


@dataclass(frozen=True)
class Emulator:
    """A running emulator, and the file that leads Terraform to the provider."""

    url: str
    cli_config: Path

    def client(self, service: str, region: str) -> Any:
        """Return boto3's client for a service of the emulator."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="emulator",
            aws_secret_access_key="emulator",
        )

    def reset(self) -> None:
        """Forget everything."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"), timeout=10).close()


def find_mirror(environ: Mapping[str, str]) -> Path | None:
    """Return the directory that holds `registry.terraform.io/hashicorp/aws`; None where there is none."""
    if named := environ.get(VARIABLE):
        places = [Path(named), Path(named).parent]
    else:
        patterns = (Path(place).expanduser() for place in _PLACES)
        places = [path for each in patterns for path in sorted(Path("/").glob(str(each).lstrip("/")))]
    return next((place for place in places if (place / REGISTRY / "hashicorp" / "aws").is_dir()), None)


@contextmanager
def an_emulator(directory: Path) -> Iterator[Emulator]:
    """Start the emulator; skip the test where the provider is not to be had."""
    mirror = find_mirror(os.environ)
    if mirror is None:
        pytest.skip(f"no unpacked mirror with hashicorp/aws was found; name one in {VARIABLE}")
    with running(directory, mirror) as emulator:
        yield emulator


@contextmanager
def running(directory: Path, mirror: Path) -> Iterator[Emulator]:
    """Start the emulator with a provider from this mirror; what it writes goes into `directory`."""
    cli_config = directory / "mirror.tfrc"
    cli_config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    port = free_port()
    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (directory / "moto.log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
    try:
        emulator = Emulator(f"http://127.0.0.1:{port}", cli_config)
        _wait_for(emulator, server)
        yield emulator
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def _wait_for(emulator: Emulator, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            emulator.reset()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the emulator did not start")
