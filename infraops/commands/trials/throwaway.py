"""A control repo for one test: in a directory of its own, with its own state, and gone after it.

It lies in the user's state directory, where lab hosts can live, and says which process it belongs to: what a process
that was killed has left behind is destroyed by the next test.
"""

import dataclasses
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from infraops.commands.context.surroundings import Surroundings
from infraops.controlrepo.scaffolding.cases import ENVIRONMENT
from infraops.models.basics.workspace import Workspace
from infraops.models.stacks.stack import Template
from infraops.processes import Children, ProcessIdentity, identify, is_alive
from infraops.tools.files import copy_template, write_file

_OWNER, _REPO, _STATE = "owner", "repo", "state"


def place_of(workspace: Workspace) -> Path:
    """Name the directory that throw-away control repos are in."""
    return workspace.state.parent / "template-tests"


@contextmanager
def throwaway(
    place: Path, files: Mapping[PurePosixPath, str], template: Template, beside: Path, surroundings: Surroundings
) -> Iterator[Surroundings]:
    """Make a control repo of these files, of the template where it is not built in, and of what lies `beside` it.

    Yields the surroundings of commands in it, to which every question is answered with yes. It is removed at the end,
    unless there are states in it still.
    """
    directory = place / secrets.token_hex(4)
    (directory / _STATE).mkdir(parents=True, mode=0o700)
    me = identify(os.getpid())
    write_file(directory / _OWNER, f"{os.getpid()} {me.started if me is not None else 0}\n")
    repo = directory / _REPO
    for path, text in files.items():
        write_file(repo / path, text)
    if not template.built_in:
        copy_template(template.directory, repo / "catalog" / template.file.name)
    if beside.is_dir():
        shutil.copytree(beside, repo, dirs_exist_ok=True)
    try:
        yield inside(directory, surroundings)
    finally:
        if not deployed(directory):
            shutil.rmtree(directory, ignore_errors=True)


def inside(directory: Path, surroundings: Surroundings) -> Surroundings:
    """Return the surroundings of commands in a throw-away control repo; no interrupt has been heard in them yet."""
    return dataclasses.replace(
        surroundings,
        directory=directory / _REPO,
        environ={**surroundings.environ, "XDG_STATE_HOME": str(directory / _STATE)},
        ask=lambda question: True,
        children=Children(),
    )


def deployed(directory: Path) -> bool:
    """Whether something may be deployed still: a state holds resources, or cannot be read."""
    return any(map(_holds_something, directory.glob(f"{_STATE}/infraops/*/terraform/{ENVIRONMENT}/*.tfstate")))


def _holds_something(state: Path) -> bool:
    try:
        return bool(json.loads(state.read_bytes() or b"{}").get("resources"))
    except (OSError, ValueError):
        return True


def clear_abandoned(place: Path, destroy: Callable[[Path], bool], tell: Callable[[str], None]) -> None:
    """Destroy what tests left behind whose process is gone; `destroy` says whether nothing is left."""
    for owner in sorted(place.glob(f"*/{_OWNER}")):
        words = owner.read_text(encoding="utf-8").split()
        if len(words) == 2 and is_alive(ProcessIdentity(*map(int, words))):
            continue
        tell(f"a test that was cut off left {owner.parent}; it is destroyed first")
        if destroy(owner.parent):
            shutil.rmtree(owner.parent, ignore_errors=True)
