"""Digests of files and trees; each file is read once a process as long as it does not change."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG

_Stamp = tuple[int, int, int, int, int]

_known: dict[str, tuple[_Stamp, str]] = {}
_texts: dict[str, str] = {}  # by digest
_CHUNK = 1 << 20
# What git, editors and Python leave behind is no part of what a stack is made from.
LEFT_BEHIND = frozenset({".git", ".terraform", "__pycache__", ".infraops", ".DS_Store"})


def file_digest(path: Path | str) -> str:
    """Return the SHA-256 of a file's content in hexadecimal digits.

    A file is read again only when its size, times, inode or device differ from when it was read last.
    """
    name = os.fspath(path)
    found = os.stat(name)  # noqa: PTH116 - a string: this is the hot path
    stamp = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    kept = _known.get(name)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    digest = hashlib.sha256()
    with open(name, "rb") as file:  # noqa: PTH123
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    _known[name] = stamp, digest.hexdigest()
    return _known[name][1]


def file_text(path: Path) -> str:
    """Return a file's content as text, whatever its bytes are; read again only when the file has changed."""
    digest = file_digest(path)
    if digest not in _texts:
        _texts[digest] = path.read_text(encoding="utf-8", errors="surrogateescape")
    return _texts[digest]


def tree(top: Path, *, without: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield (path relative to `top`, digest) of every file below `top`, unsorted; one file yields itself as ".".

    An executable's digest ends in "x". Links are followed, but never round in circles. `without` names entries right
    below `top` to leave out.
    """
    if not top.exists():
        return
    if not top.is_dir():
        yield ".", _entry(os.fspath(top))
        return
    yield from _below(os.fspath(top), "", frozenset(without), frozenset({os.path.realpath(top)}))


def _below(directory: str, prefix: str, without: frozenset[str], above: frozenset[str]) -> Iterator[tuple[str, str]]:
    with os.scandir(directory) as entries:
        found = [entry for entry in entries if entry.name not in without and entry.name not in LEFT_BEHIND]
    for entry in found:
        relative = prefix + entry.name
        try:
            mode = entry.stat().st_mode
        except OSError:
            yield relative, f"dangling:{Path(entry.path).readlink()}" if entry.is_symlink() else "gone"
            continue
        if S_ISDIR(mode):
            real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
            if real in above:
                yield relative, "circle"
            else:
                yield from _below(entry.path, f"{relative}/", frozenset(), above | {real})
        elif S_ISREG(mode):
            yield relative, _entry(entry.path)


def _entry(path: str) -> str:
    return file_digest(path) + ("x" if os.access(path, os.X_OK) else "")
