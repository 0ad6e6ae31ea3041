"""`infraops init`: a control repo that applies at once."""

import getpass
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from infraops.commands.context.surroundings import Surroundings
from infraops.controlrepo.files.find import SETTINGS, find_root
from infraops.controlrepo.scaffolding.scaffold import scaffold
from infraops.errors import InfraOpsError, UsageError
from infraops.models.reports.answers import Initialised
from infraops.tools.files import write_file
from infraops.tools.git.repositories import make_repository
from infraops.tools.terraform.driver import detect

_IGNORE = PurePosixPath(".gitignore")


def init(directory: Path, surroundings: Surroundings, *, owner: str | None = None, git: bool = True) -> Initialised:
    """Write a new control repo into `directory`, pin the Terraform program found here, and make it a git repository.

    Files that are there stay as they are. Raises UsageError where it is a control repo already, or cannot be a
    directory; then nothing is written.
    """
    target = (surroundings.directory / directory).resolve()
    doing = f"making a control repo in {target}"
    if (target / SETTINGS).exists():
        raise UsageError(
            doing, f"there is an {SETTINGS} already", "it is a control repo; `infraops new` adds a blueprint"
        )
    pin = detect(surroundings.environ)
    files = scaffold(name=target.name, owner=owner or f"team-{getpass.getuser()}", terraform=pin)
    _refuse_files_for_directories(target, files, doing)
    kept = tuple(sorted(str(path) for path in files if (target / path).exists()))
    inside = _control_repo_around(target)
    _write(target, {path: text for path, text in files.items() if str(path) not in kept}, doing)
    made = git and make_repository(target)
    return Initialised(
        directory=str(target),
        files=tuple(sorted(str(path) for path in files if str(path) not in kept)),
        terraform=f"{pin.program} {pin.version}",
        git=made,
        kept=kept,
        ignored=str(_IGNORE) not in kept or _says(target / _IGNORE, files[_IGNORE].strip()),
        inside=inside,
    )


def _refuse_files_for_directories(target: Path, files: Iterable[PurePosixPath], doing: str) -> None:
    for path in files:
        for parent in (target / path).parents:
            if parent.exists():
                if not parent.is_dir():
                    raise UsageError(doing, f"{parent} is a file", "name a directory, or move the file away")
                break


def _write(target: Path, files: Mapping[PurePosixPath, str], doing: str) -> None:
    """Write the settings last: without them it is no control repo yet, and the same command may be given again."""
    for path in sorted(files, key=lambda path: str(path) == SETTINGS):
        try:
            write_file(target / path, files[path])
        except OSError as error:
            problem = f"{target / path} cannot be written: {(error.strerror or str(error)).lower()}"
            raise InfraOpsError(doing, problem, "choose another directory, or see that this one can be made") from error


def _says(file: Path, pattern: str) -> bool:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return any(line.strip().strip("/") == pattern.strip("/") for line in lines)


def _control_repo_around(target: Path) -> str | None:
    try:
        return str(find_root(target.parent))
    except UsageError:
        return None
