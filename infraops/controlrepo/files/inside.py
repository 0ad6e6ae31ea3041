"""Keeping what a user's files name inside the control repo."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.errors import Place

PRIVATE = frozenset({".git", ".infraops"})


def refuse_path(root: Path, written: str, *, of: str = "control repo") -> tuple[str, str] | None:
    """Say why `written` is no path of something inside `root`, and what to do; None where it is one.

    `of` is what `root` is called.
    """
    relative = f"write it relative to the root of the {of}"
    path = PurePosixPath(written)
    if not written or "\0" in written or "\\" in written:
        return "is no path", relative
    if path.is_absolute() or written.startswith("~"):
        return "is absolute", relative
    if ".." in path.parts:
        return "leads out through ..", relative
    if path.parts and path.parts[0] in PRIVATE:
        return f"lies in {path.parts[0]}/, which is not part of the {of}", "keep the file elsewhere"
    target = root / path
    try:
        if not target.exists():
            return "does not exist", "make it, or mend the path"
        if not target.resolve().is_relative_to(root):
            return f"is a symbolic link that leads out of the {of}", "put the file or directory itself there"
    except OSError as error:
        return f"cannot be read: {error.strerror}", "check its permissions"
    return None


def walk(root: Path, directory: str, mistakes: Mistakes) -> Iterator[str]:
    """Yield the files below `root/directory` as paths relative to `root`, sorted, without hidden ones.

    Symbolic links are followed inside the control repo; one that leads out of it, or nowhere, is a mistake.
    """
    top = root / directory
    if not os.path.lexists(top) or not _followable(root, directory, mistakes):
        return
    if not top.is_dir():
        mistakes.add(Place(directory), "this is not a directory", "move the file away, and make a directory")
    else:
        yield from _walk(root, directory, {os.path.realpath(top)}, mistakes)


def _walk(root: Path, directory: str, above: set[str], mistakes: Mistakes) -> Iterator[str]:
    try:
        with os.scandir(root / directory) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        mistakes.add(Place(directory), f"the directory cannot be read: {error.strerror}", "check its permissions")
        return
    for entry in entries:
        relative = f"{directory}/{entry.name}"
        if not _is_text(entry.name):
            mistakes.add(Place(relative), "the name is not UTF-8", "rename it")
            continue
        if entry.name.startswith(".") or (entry.is_symlink() and not _followable(root, relative, mistakes)):
            continue
        if not entry.is_dir():
            yield relative
            continue
        real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        if real in above:
            mistakes.add(Place(relative), "the symbolic link leads to a directory above it", "remove it")
        else:
            yield from _walk(root, relative, above | {real}, mistakes)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _followable(root: Path, relative: str, mistakes: Mistakes) -> bool:
    real = Path(os.path.realpath(root / relative))
    if not real.is_relative_to(root):
        problem, hint = "the symbolic link leads out of the control repo", "put the file or directory itself here"
    elif not real.exists():
        problem, hint = "the symbolic link leads nowhere", "remove it"
    else:
        return True
    mistakes.add(Place(relative), problem, hint)
    return False
