"""`infraops doctor`: whether this machine has what runs need, and what to do where it does not."""

import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.errors import InfraOpsError, InvalidInput, UsageError
from infraops.lab.findings import Finding, Level
from infraops.lab.inspect import survey
from infraops.models.basics.workspace import Workspace
from infraops.models.files.settings import TerraformPin
from infraops.tools.terraform.driver import detect, find_program


def doctor(surroundings: Surroundings) -> tuple[Finding, ...]:
    """Look at the control repo around the directory (if there is one), the programs, and the lab."""
    repo, pin, workspace = _repo(surroundings)
    programs = (_terraform(pin, surroundings), _package("ansible-core"), _program("git"), _program("ssh"))
    return (repo, *programs, *survey(surroundings.environ, workspace))


def _repo(surroundings: Surroundings) -> tuple[Finding, TerraformPin | None, Workspace | None]:
    try:
        opened = open_repo(surroundings)
    except UsageError as error:
        return Finding("control repo", Level.WARN, error.problem, error.hint), None, None
    except InvalidInput as error:
        return Finding("control repo", Level.FAIL, str(error), "`infraops validate` lists the mistakes"), None, None
    stacks = len(opened.repo.stacks)
    finding = Finding("control repo", Level.OK, f"{opened.workspace.root}: {stacks} stacks, no mistakes")
    return finding, opened.repo.settings.terraform, opened.workspace


def _terraform(pin: TerraformPin | None, surroundings: Surroundings) -> Finding:
    try:
        program = find_program(pin or detect(surroundings.environ), surroundings.environ)
    except InfraOpsError as error:
        return Finding("terraform", Level.FAIL, error.problem, error.hint)
    return Finding("terraform", Level.OK, f"{program.name} {program.version}")


def _package(name: str) -> Finding:
    try:
        return Finding(name, Level.OK, version(name))
    except PackageNotFoundError:
        return Finding(name, Level.FAIL, "is not installed", f"pip install {name}")


def _program(name: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        hint = f"install the Debian package {'openssh-client' if name == 'ssh' else name}"
        return Finding(name, Level.FAIL, "is not on PATH", hint)
    return Finding(name, Level.OK, str(Path(path)))
