"""Files on disk: written whole and moved into place, and only where their content differs."""

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Set
from pathlib import Path, PurePosixPath
from tempfile import mkstemp

from infraops.errors import InfraOpsError

# What lives beside rendered files without having been rendered.
KEPT = frozenset(
    {".terraform", ".terraform.lock.hcl", "inputs.auto.tfvars.json", ".infraops-init.json", "errored.tfstate"}
)

_LEFT_OUT = frozenset({".terraform", "__pycache__", ".git"})
_PART = ".part"


def write_file(path: Path, content: str | bytes, *, mode: int = 0o644) -> bool:
    """Write a file unless it has this content and mode already; returns whether it was written."""
    content = content.encode() if isinstance(content, str) else content
    name = os.fspath(path)
    try:
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - a string: thousands of files pass here in a render
            if file.read() == content and os.fstat(file.fileno()).st_mode & 0o777 == mode:
                return False
    except (FileNotFoundError, NotADirectoryError):
        path.parent.mkdir(parents=True, exist_ok=True)
    directory, own = os.path.split(name)
    # Made with mode 0600, under a name of its own, so that nobody sees half a file or one that is too open.
    descriptor, part = mkstemp(dir=directory or ".", prefix=f".{own}.", suffix=_PART)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, mode)
        os.replace(part, name)  # noqa: PTH105
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return True


def content(file: Path) -> bytes:
    """Return what a file holds; nothing where there is no such file."""
    return file.read_bytes() if file.is_file() else b""


def write(tree: Mapping[PurePosixPath, str], directory: Path) -> tuple[PurePosixPath, ...]:
    """Make `directory` hold exactly `tree`, beside what Terraform keeps there; returns the paths that changed."""
    changed = [path for path, text in sorted(tree.items()) if write_file(directory / path, text)]
    stale = [path for path in _files(directory, beside=KEPT) if path not in tree]
    for path in stale:
        (directory / path).unlink(missing_ok=True)
    return (*changed, *stale)


def copy_template(template: Path, destination: Path) -> bool:
    """Make `destination` a copy of a template's directory; returns whether anything had to change.

    Files are compared by content, so that a copy in use is left alone while its template stays as it is. Links are
    followed; what Terraform, Python and git leave lying about is not copied. Raises InfraOpsError where a file
    cannot be read.
    """
    wanted = set(_files(template, beside=_LEFT_OUT, follow=True))
    changed = False
    for path in sorted(wanted):
        source = template / path
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        try:
            content = source.read_bytes()
        except OSError as error:
            raise InfraOpsError(f"copying the template {template}", f"{path}: {error.strerror}") from error
        changed |= write_file(destination / path, content, mode=mode)
    for path in _files(destination):
        if path not in wanted and path.suffix != _PART:
            (destination / path).unlink(missing_ok=True)
            changed = True
    return changed


class TemplateCopies:
    """Copies of templates, each compared with its template once for all stacks of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: set[Path] = set()

    def make(self, template: Path, destination: Path, *, anew: bool = False) -> None:
        """Make `destination` a copy of a template's directory, unless that was done already.

        With `anew`, nothing that is there stays: a link there would lead what is written elsewhere.
        """
        with self._lock:
            if destination not in self._made:
                if anew and destination.exists():
                    shutil.rmtree(destination)
                copy_template(template, destination)
                self._made.add(destination)


def _files(directory: Path, *, beside: Set[str] = frozenset(), follow: bool = False) -> Iterator[PurePosixPath]:
    """Walk over the files below a directory, relative to it, without those `beside` what is asked for."""
    return (PurePosixPath(name) for name in _names(os.fspath(directory), "", beside, follow=follow))


def _names(directory: str, prefix: str, beside: Set[str], *, follow: bool) -> Iterator[str]:
    try:
        with os.scandir(directory) as found:
            entries = [entry for entry in found if entry.name not in beside]
    except OSError:  # nothing there, or nothing to be seen
        return
    for entry in entries:
        if not entry.is_dir():
            yield prefix + entry.name
        elif follow or not entry.is_symlink():
            yield from _names(entry.path, f"{prefix}{entry.name}/", beside, follow=follow)
