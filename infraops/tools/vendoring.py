"""Writing vendored templates into the control repo: a catalog's directory is exchanged as a whole."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from infraops.errors import UsageError
from infraops.tools.files import write_file
from infraops.tools.git.foreign import File

# Byte for byte in every checkout, whatever the user's git makes of line ends, and nothing that filters it.
_ATTRIBUTES = "# Written by infraops.\n* -text -filter -ident -working-tree-encoding linguist-vendored\n"


def vendor(vendored: Path, name: str, templates: Mapping[str, Mapping[str, File]], *, scratch: Path) -> None:
    """Make `vendored/name` hold exactly these templates; they are written below `scratch` first."""
    _refuse_link(vendored, name)
    new, old = (scratch / f"{name}.{word}" for word in ("new", "old"))
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir(parents=True)
    for template, files in templates.items():
        for path, file in files.items():
            write_file(new / template / path, file.content, mode=0o755 if file.executable else 0o644)
    write_file(vendored / ".gitattributes", _ATTRIBUTES)
    if (vendored / name).exists():
        os.replace(vendored / name, old)  # noqa: PTH105
    os.replace(new, vendored / name)  # noqa: PTH105
    shutil.rmtree(old, ignore_errors=True)


def remove_others(vendored: Path, names: Iterable[str]) -> None:
    """Remove what is vendored of catalogs but these; the directory as a whole where there are none."""
    kept = set(names)
    if vendored.is_symlink() or not vendored.is_dir():
        return
    if not kept:
        shutil.rmtree(vendored)
        return
    for entry in os.scandir(vendored):
        if entry.is_dir(follow_symlinks=False) and entry.name not in kept:
            shutil.rmtree(entry.path)


def _refuse_link(vendored: Path, name: str) -> None:
    for path in (vendored.parent, vendored, vendored / name):
        if path.is_symlink():
            raise UsageError("vendoring templates", f"{path} is a symbolic link", "put a directory there, or remove it")
