"""What a Terraform module calls and reads outside of its own directory, as far as its text tells.

Paths that begin with `./` or `../` are looked for in every quoted text; what follows a `${` is not known, so that all
of the directory before it counts. Too much may count, never too little, but for what Terraform itself computes.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infraops.controlrepo.files.contents import file_text
from infraops.controlrepo.hcl.scanner import BrokenHcl, scan

CONFIGURATION = (".tf", ".tf.json")
_PATH = re.compile(r'(?:"|/)(?P<path>\.\.?(?:/[^"$%\\\n]*)?)(?P<goes_on>[$%])?')


@dataclass(frozen=True)
class Reach:
    """The directories of the modules that are followed, and what lies outside of the first of them, both sorted."""

    modules: tuple[Path, ...]
    outside: tuple[Path, ...] = field(default=())


def reach_of(directory: Path) -> Reach:
    """Follow a module to the modules in directories that it calls, and to the files that it names."""
    top = Path(os.path.normpath(directory))
    followed: dict[Path, None] = {top: None}
    outside: set[Path] = set()
    for here in (waiting := [top]):
        for target in _named(here):
            if not target.is_relative_to(top):
                outside.add(target)
            if target not in followed and _is_module(target):
                followed[target] = None
                waiting.append(target)
    least = {one for one in outside if not any(one != other and one.is_relative_to(other) for other in outside)}
    return Reach(tuple(sorted(followed)), tuple(sorted(least)))


def configuration_files(directory: Path) -> list[Path]:
    """Return the files of one module that Terraform reads, sorted."""
    return sorted(path for path in directory.iterdir() if path.name.endswith(CONFIGURATION) and path.is_file())


def _named(directory: Path) -> Iterator[Path]:
    for file in configuration_files(directory):
        text = file_text(file)
        yield from _called(directory, file, text)
        for match in _PATH.finditer(text):
            target = Path(os.path.normpath(directory / match["path"]))
            if target.exists() and (match["goes_on"] is None or target.is_dir()):
                yield target
            elif match["goes_on"] is not None and target.parent.is_dir():
                yield target.parent


def _called(directory: Path, file: Path, text: str) -> Iterator[Path]:
    """Yield the directories of called modules, those that are not there too."""
    if not file.name.endswith(".tf"):
        return
    try:
        blocks = scan(text)
    except BrokenHcl:  # said where modules are read
        return
    for block in blocks:
        if block.called_beside is not None:
            yield Path(os.path.normpath(directory / block.called_beside))


def _is_module(directory: Path) -> bool:
    return directory.is_dir() and bool(configuration_files(directory))
