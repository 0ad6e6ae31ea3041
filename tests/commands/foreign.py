"""Packages of others that hold Terraform modules or playbooks: fetched when a test needs them, never kept here."""

import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

PINS = {
    "kayobe": "18.6.0",
    "kolla-ansible": "22.2.0",
    "mlstacks": "0.10.0",
    "nebari": "2025.10.1",
    "runway": "2.8.4",
}
_WHERE = "INFRAOPS_TEST_PROVIDERS"
_USUAL = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/usr/share/terraform/providers",
)


@cache
def unpacked(package: str, directory: Path) -> Path:
    """Return the content of a package, unpacked; the test is skipped where no index answers."""
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    wanted = f"{package}=={PINS[package]}"
    try:
        done = subprocess.run(
            [*argv, "--dest", str(directory), wanted], capture_output=True, text=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"no package index answered with {wanted} in two minutes")
    if done.returncode != 0:
        pytest.skip(f"no package index answers with {wanted}: {done.stderr.strip().splitlines()[-1:]}")
    (wheel,) = directory.glob(f"{package.replace('-', '_')}-*.whl")
    zipfile.ZipFile(wheel).extractall(directory / package)
    return directory / package


def provider_mirror(source: str) -> Path:
    """Return a directory of unpacked providers that has `source`; the test is skipped where there is none."""
    named = os.environ.get(_WHERE)
    places = [Path(named)] if named else [Path(place).expanduser() for place in _USUAL]
    if not named and Path("/opt").is_dir():
        places += sorted(path for path in Path("/opt").iterdir() if path.is_dir())
    for place in places:
        if (place / "registry.terraform.io" / source).is_dir():
            return place
    pytest.skip(f"no unpacked provider mirror has {source}; {_WHERE} may name one")
