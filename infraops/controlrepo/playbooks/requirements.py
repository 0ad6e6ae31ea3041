"""Reading what a playbook requires of Galaxy, in the files that Ansible and AWX know."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from infraops.controlrepo.files.contents import file_digest, tree
from infraops.controlrepo.playbooks.files import REQUIREMENTS
from infraops.errors import InfraOpsError
from infraops.models.files.requirements import Requirements, RequirementsFile
from infraops.models.stacks.stack import Stack

_KEYS = ("roles", "collections")
_ARCHIVE = re.compile(r"\.(?:tar|tgz|tar\.\w+)$")  # a role by its archive has the version that is in it
_NO_VERSION = (None, "", "*", "latest")


def requirements_of(stack: Stack, root: Path) -> Requirements | None:
    """Return what the stack's playbook requires; None where nothing is. Raises InfraOpsError as `read_requirements`."""
    if stack.playbook is not None:
        return read_requirements((root / stack.playbook).parent, root)
    if stack.template.file.playbook is not None:
        return read_requirements((stack.template.directory / stack.template.file.playbook).parent, root)
    return None


def read_requirements(directory: Path, root: Path) -> Requirements | None:
    """Return what playbooks in a directory require; messages name its files as seen from `root`.

    Raises InfraOpsError for a file that cannot be read, or that Ansible would not take.
    """
    found = [path for name in REQUIREMENTS if (path := directory / name).is_file()]
    files, unpinned = [], []
    digest = hashlib.sha256()
    for path in found:
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        asked = _asked(path, shown)
        files.append(RequirementsFile(path, shown, *(len(asked[key]) for key in _KEYS)))
        unpinned += [_name(entry) for key in _KEYS for entry in asked[key] if not _is_pinned(entry, directory)]
        for line in (f"{path.name} {file_digest(path)}", *_local(asked, directory)):
            digest.update(f"{line}\n".encode(errors="surrogateescape"))
    files = [file for file in files if file.roles or file.collections]
    return Requirements(directory, tuple(files), tuple(unpinned), digest.hexdigest()) if files else None


def _asked(path: Path, shown: str) -> dict[str, list[Any]]:
    """Return the entries of a file by kind. A plain list names roles, as it did before there were collections."""
    doing = f"reading {shown}"
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f"line {error.problem_mark.line + 1}: "
        raise InfraOpsError(doing, f"{line}{error.problem}", "mend it") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InfraOpsError(doing, str(error), "mend it") from None
    asked = {"roles": said} if isinstance(said, list) else {} if said is None else said
    if isinstance(asked, Mapping) and asked.keys() <= set(_KEYS):
        lists = {key: asked.get(key) or [] for key in _KEYS}
        if all(isinstance(one, list) for one in lists.values()):
            return lists
    hint = "write one map of two lists, roles and collections, and nothing else"
    raise InfraOpsError(doing, "something else stands there than lists of roles and collections", hint)


def _name(entry: Any) -> str:
    named = entry if isinstance(entry, Mapping) else {"name": entry}
    text = str(next((named[key] for key in ("name", "src", "source", "role", "include") if named.get(key)), entry))
    return re.sub(r"//[^/@]*@", "//", text)  # a URL may hold a password


def _is_pinned(entry: Any, directory: Path) -> bool:
    """Whether an entry asks for the same each time; what lies on this machine does."""
    if not isinstance(entry, Mapping):
        text = str(entry)
        return "," in text or bool(_ARCHIVE.search(text)) or _path(text, directory) is not None
    sources = [str(entry[key]) for key in ("src", "source", "name", "include") if entry.get(key)]
    local = any(_ARCHIVE.search(one) or _path(one, directory) is not None for one in sources)
    return local or entry.get("version") not in _NO_VERSION


def _local(said: Any, directory: Path) -> Iterator[str]:
    """Yield a line for each file on this machine that is named anywhere: where it is, and what it holds."""
    if isinstance(said, Mapping):
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from _local(one, directory)
    elif isinstance(said, str) and (path := _path(said, directory)) is not None:
        yield from (f"{path} {name} {digest}" for name, digest in sorted(tree(path)))


def _path(text: str, directory: Path) -> Path | None:
    """Return the file or directory that a text names by a path; without a slash it may name an archive alone."""
    text = text.removeprefix("file://")
    if "/" not in text and not _ARCHIVE.search(text):
        return None
    path = directory / text
    return path if "\0" not in text and path.exists() else None
