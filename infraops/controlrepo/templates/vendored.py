"""The templates that were vendored from other repositories: which there are, and that not a byte of them is another."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.files.contents import file_digest
from infraops.controlrepo.files.inside import refuse_path
from infraops.controlrepo.templates.git_urls import refuse_url
from infraops.errors import Place
from infraops.models.files.settings import SettingsFile
from infraops.models.files.vendored import Locked, LockedTemplate, LockFile, Source

LOCK = "catalog/lock.yaml"
VENDORED = "catalog/.vendor"
FETCH = "infraops template fetch"
_MISSING = f"`{FETCH}` brings it back; then commit it (does git ignore it?)"
_RESTORE = f"`{FETCH}` brings it back as it was locked; to change a template, change it where it comes from"


@dataclass(frozen=True)
class Vendored:
    """A vendored template: its catalog, its name, its directory below the control repo's root, whether it is whole."""

    catalog: str
    template: str
    shown: str
    intact: bool


def read_lock(root: Path, mistakes: Mistakes, composed: Composed | None = None) -> LockFile:
    """Read the lock file; empty where there is none, or where it is mistaken."""
    document = read_document(root / LOCK, LOCK, mistakes, composed) if os.path.lexists(root / LOCK) else None
    lock = None if document is None else validate(LockFile, document, mistakes)
    return lock or LockFile(schema_="infraops/v1")


def vendored_templates(root: Path, mistakes: Mistakes, composed: Composed) -> Iterator[Vendored]:
    """Yield every template that the lock file has; what is not as it was locked is taken down, file by file."""
    lock = read_lock(root, mistakes, composed)
    for name, locked in lock.catalogs.items():
        for directory, template in locked.templates.items():
            shown = f"{VENDORED}/{name}/{directory}"
            found = mistakes_of(root, shown, template)
            mistakes.merge(found)
            yield Vendored(name, template.reference.partition("@")[0], shown, not found)
    for shown in _unlocked(root, lock.catalogs):
        problem = f"{LOCK} does not know it"
        mistakes.add(Place(shown), problem, f"put a template of your own into catalog/; `{FETCH}` removes it here")


def mistakes_of(root: Path, shown: str, template: LockedTemplate) -> Mistakes:
    """Return what of a vendored template is not as it was locked."""
    mistakes = Mistakes()
    found = _files(root, shown, mistakes)
    if not found and not mistakes:
        mistakes.add(Place(shown), f"the vendored template {template.reference} is missing", _MISSING)
        return mistakes
    for name, digest in template.files.items():
        if name not in found:
            mistakes.add(Place(f"{shown}/{name}"), f"the file is missing, and {LOCK} has it", _MISSING)
        elif found[name] != digest:
            mode = "mode" if found[name].rstrip("x") == digest.rstrip("x") else "content"
            mistakes.add(Place(f"{shown}/{name}"), f"the file's {mode} is not as {LOCK} has it", _RESTORE)
    for name in sorted(found.keys() - template.files.keys()):
        mistakes.add(Place(f"{shown}/{name}"), f"{LOCK} does not know this file", _RESTORE)
    return mistakes


def check_sources(settings: SettingsFile, document: Document, root: Path, mistakes: Mistakes) -> None:
    """Check what the settings say of catalogs elsewhere, and that the lock file is about the same."""
    for name, source in settings.catalogs.items():
        check_source(name, source, document, mistakes)
    lock = read_lock(root, Mistakes())  # its own mistakes are taken down where the templates are read
    for name, source in settings.catalogs.items():
        locked = lock.catalogs.get(name)
        if locked is None:
            problem = f"the catalog {name} was never fetched"
            mistakes.add(document.place("catalogs", name), problem, f"`{FETCH}`, and commit what it writes")
        elif locked.source != source:
            key, now, then = _difference(source, locked)
            problem = f"catalogs.{name}.{key} is {now}, and what is vendored is from {then}"
            mistakes.add(document.place("catalogs", name, key), problem, f"`{FETCH}`, and commit what it writes")
    for name in lock.catalogs.keys() - settings.catalogs.keys():
        problem = f"{LOCK} has the catalog {name}, and infraops.yaml does not"
        mistakes.add(Place(LOCK), problem, f"`{FETCH}` removes what is vendored of it")


def check_source(name: str, source: Source, document: Document, mistakes: Mistakes) -> None:
    """Check where a catalog is said to be: nothing that git would run, no password, no way out of the repository."""
    if refusal := refuse_url(source.git):
        mistakes.add(document.place("catalogs", name, "git"), f"catalogs.{name}.git: {refusal[0]}", refusal[1])
    refusal = refuse_path(Path(os.devnull), source.path, of="other repository")
    if refusal and refusal[0] != "does not exist":
        mistakes.add(document.place("catalogs", name, "path"), f"catalogs.{name}.path {refusal[0]}", refusal[1])
    if ".." in source.ref or source.ref.endswith((".", "/", ".lock")) or source.ref == "HEAD":
        problem = f"catalogs.{name}.ref: this names no branch, tag or commit"
        mistakes.add(document.place("catalogs", name, "ref"), problem, "write a tag such as v1.4.0")


def _difference(source: Source, locked: Locked) -> tuple[str, str, str]:
    for key in ("git", "ref", "path"):
        now, then = getattr(source, key), getattr(locked, key)
        if now != then:
            return key, now, then
    raise AssertionError("they are the same")


def _unlocked(root: Path, catalogs: Mapping[str, Locked]) -> Iterator[str]:
    """Yield directories of vendored templates that the lock file does not know."""
    for catalog in _directories(root, VENDORED):
        name = catalog.rpartition("/")[2]
        known = catalogs[name].templates if name in catalogs else {}
        yield from (each for each in _directories(root, catalog) if each.rpartition("/")[2] not in known)


def _directories(root: Path, shown: str) -> Iterator[str]:
    path = root / shown
    if path.is_dir():
        names = sorted(entry.name for entry in os.scandir(path) if entry.is_dir() or entry.is_symlink())
        yield from (f"{shown}/{name}" for name in names)


def _files(root: Path, shown: str, mistakes: Mistakes) -> dict[str, str]:
    """Return the digests of the files below a directory. Links are mistakes, wherever they lead."""
    found: dict[str, str] = {}
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        directory = root / shown / prefix
        if directory.is_symlink() or (not prefix and directory.parent.is_symlink()):
            mistakes.add(Place(f"{shown}/{prefix}".rstrip("/")), "this is a symbolic link", _RESTORE)
            continue
        if not directory.is_dir():
            continue
        for entry in os.scandir(directory):
            mode = entry.stat(follow_symlinks=False).st_mode
            if S_ISDIR(mode):
                waiting.append(f"{prefix}{entry.name}/")
            elif S_ISREG(mode):
                executable = "x" if mode & 0o100 else ""
                found[prefix + entry.name] = file_digest(entry.path) + executable
            else:
                mistakes.add(Place(f"{shown}/{prefix}{entry.name}"), "this is not a regular file", _RESTORE)
    return found
