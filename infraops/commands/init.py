"""`infraops init`: a control repo that applies at once."""

import getpass
from pathlib import Path

from infraops.commands.surroundings import Surroundings
from infraops.controlrepo.find import SETTINGS
from infraops.controlrepo.scaffold import scaffold
from infraops.errors import UsageError
from infraops.models.answers import Initialised
from infraops.tools.files import write_file
from infraops.tools.git import make_repository
from infraops.tools.terraform.driver import detect


def init(directory: Path, surroundings: Surroundings, *, owner: str | None = None, git: bool = True) -> Initialised:
    """Write a new control repo into `directory`, pin the Terraform program found here, and make it a git repository.

    Raises UsageError where a file of it is there already; then nothing is written.
    """
    target = (surroundings.directory / directory).resolve()
    doing = f"making a control repo in {target}"
    if (target / SETTINGS).exists():
        raise UsageError(
            doing, f"there is a {SETTINGS} already", "it is a control repo; `infraops new` adds a blueprint"
        )
    pin = detect(surroundings.environ)
    files = scaffold(name=target.name, owner=owner or f"team-{getpass.getuser()}", terraform=pin)
    taken = [str(path) for path in files if (target / path).exists()]
    if taken:
        raise UsageError(
            doing, f"these files are there already: {', '.join(sorted(taken))}", "choose another directory"
        )
    for path, text in files.items():
        write_file(target / path, text)
    made = git and make_repository(target)
    names = tuple(sorted(str(path) for path in files))
    return Initialised(str(target), names, f"{pin.program} {pin.version}", git=made)
