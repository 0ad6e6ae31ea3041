"""The filesystem mirror from which Terraform takes the lab's provider."""

import os
from pathlib import Path

from infraops.errors import InfraOpsError

SOURCE = "infraops.local/infraops/lab"
VERSION = "1.0.0"
PLATFORMS = ("linux_amd64", "linux_arm64")

# Constant bytes: Terraform's lock file holds their digest, so neither a path nor a version of ours may stand here.
PROGRAM = '#!/bin/sh\nexec "${INFRAOPS_PYTHON:-python3}" -m infraops.lab.provider "$@"\n'


def write_mirror(directory: Path) -> Path:
    """Write the mirror of the lab's provider into `directory` and return it; a mirror that is right stays untouched."""
    for platform in PLATFORMS:
        path = directory / SOURCE / VERSION / platform / f"terraform-provider-lab_v{VERSION}"
        try:
            _write_program(path)
        except OSError as error:
            problem = f"{path} cannot be written: {(error.strerror or str(error)).lower()}"
            hint = "the cache is where XDG_CACHE_HOME says, else in ~/.cache; it has to be a directory of yours"
            raise InfraOpsError("laying out the lab's provider for Terraform", problem, hint) from error
    return directory


def _write_program(path: Path) -> None:
    if path.is_file() and path.read_text() == PROGRAM and path.stat().st_mode & 0o777 == 0o755:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the package directory, not in it: Terraform digests whatever stands there.
    beside = path.parent.parent / f".{path.parent.name}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        beside.write_text(PROGRAM)
        beside.chmod(0o755)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
