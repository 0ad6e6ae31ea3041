"""Where a template's files are: in its own directory, or elsewhere in the control repo, which it points at."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from infraops.controlrepo.files.inside import PRIVATE, refuse_path

_OWN = "name a path inside the template"


@dataclass(frozen=True)
class Spot:
    """A path that a template names; `written` is relative to the template, or, where it is `elsewhere`, to the repo."""

    path: Path
    written: str
    elsewhere: bool


def find_spot(template: Path, written: str, root: Path, *, built_in: bool) -> Spot | tuple[str, str]:
    """Look up a path that a template names relative to its own directory; else say what is wrong, and what to do."""
    if ".." not in PurePosixPath(written).parts:
        refusal = refuse_path(template, written, of="template")
        return refusal or Spot(template / written, os.path.normpath(written), elsewhere=False)
    if built_in or "\0" in written or written.startswith(("/", "~")):
        return "leads out of the template", _OWN
    path = Path(os.path.normpath(template / written))
    if not path.is_relative_to(root):
        return "leads out of the control repo", "copy it into the control repo, or into the template"
    relative = path.relative_to(root).as_posix()
    refusal = refuse_path(root, relative)
    if refusal is None and PRIVATE & set(path.relative_to(root).parts):
        refusal = "lies in a directory that is not part of the control repo", "name another one"
    if refusal is not None:
        return refusal
    if path.is_relative_to(template):
        return Spot(path, path.relative_to(template).as_posix(), elsewhere=False)
    return Spot(path, relative, elsewhere=True)


def strays(outside: Iterable[Path], within: Path) -> list[Path]:
    """Return what lies outside of a directory, or in a part of it that belongs to nobody."""
    return [
        path for path in outside if not path.is_relative_to(within) or PRIVATE & set(path.relative_to(within).parts)
    ]
