"""Files on disk: written whole and moved into place, and only where their content differs."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

# What lives beside rendered files without having been rendered.
KEPT = frozenset({".terraform", ".terraform.lock.hcl", "inputs.auto.tfvars.json", ".infraops-init.json"})


def write_file(path: Path, text: str, *, mode: int = 0o644) -> bool:
    """Write a file unless it holds this text already; returns whether it was written."""
    content = text.encode()
    try:
        if path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as part:
        temporary = Path(part.name)
        try:
            part.write(content)
            part.close()
            temporary.chmod(mode)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return True


def write(tree: Mapping[PurePosixPath, str], directory: Path) -> tuple[PurePosixPath, ...]:
    """Make `directory` hold exactly `tree`, beside what Terraform keeps there; returns the paths that changed."""
    changed = [path for path, text in sorted(tree.items()) if write_file(directory / path, text)]
    for path in _files(directory):
        if path not in tree and path.parts[0] not in KEPT:
            (directory / path).unlink()
            changed.append(path)
    return tuple(changed)


def _files(directory: Path) -> list[PurePosixPath]:
    found = []
    for parent, directories, names in os.walk(directory):
        here = Path(parent)
        if here == directory:
            directories[:] = [name for name in directories if name not in KEPT]
        found += [PurePosixPath((here / name).relative_to(directory)) for name in names]
    return found


def copy_template(template: Path, destination: Path) -> bool:
    """Make `destination` a copy of a template's directory; returns whether anything had to change.

    Files are compared by content, so that a copy in use is left alone while its template stays as it is.
    """
    changed = False
    wanted = {path: (template / path) for path in _template_files(template)}
    for path, source in wanted.items():
        target = destination / path
        if not _same(source, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.{os.getpid()}.part")
            shutil.copyfile(source, part)
            part.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
            part.replace(target)
            changed = True
    if destination.is_dir():
        for path in _files(destination):
            if path not in wanted and not path.name.endswith(".part"):
                (destination / path).unlink(missing_ok=True)
                changed = True
    return changed


def _template_files(template: Path) -> list[PurePosixPath]:
    return [
        path
        for path in sorted(_files(template))
        if not {".terraform", "__pycache__", ".git"} & set(path.parts) and path.suffix != ".pyc"
    ]


def _same(source: Path, target: Path) -> bool:
    try:
        return target.read_bytes() == source.read_bytes() and os.access(target, os.X_OK) == os.access(source, os.X_OK)
    except (FileNotFoundError, NotADirectoryError):
        return False
