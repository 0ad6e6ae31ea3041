"""Reading a user's file: refused where it is no plain UTF-8 text inside the control repo, composed where it is."""

import codecs
import os
import stat
from pathlib import Path

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.errors import Place

LARGEST = 5_000_000  # bytes; room for an environment with 10,000 machines
_PIECE = 1 << 16
_FOREIGN_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_document(path: Path, file: str, mistakes: Mistakes, composed: Composed | None = None) -> Document | None:
    """Read the YAML file at `path`, known to the user as `file`; None where its mistakes leave nothing to work with.

    A UTF-8 byte order mark is allowed, as YAML allows it.
    """
    text = read_text(path, file, mistakes)
    return None if text is None else compose(text, file, mistakes, composed)


def read_text(path: Path, file: str, mistakes: Mistakes) -> str | None:
    """Read a text file in UTF-8; None, with the mistake taken down, where that is not what it is."""
    place = Place(file)
    try:
        content = _content(path)
    except OSError as error:
        mistakes.add(place, f"the file cannot be read: {error.strerror}", "check that it exists and its permissions")
        return None
    if content is None:
        mistakes.add(place, "this is not a regular file", "replace it by one")
        return None
    if len(content) > LARGEST:
        mistakes.add(place, f"the file is larger than {LARGEST // 1000} kB", "split it")
        return None
    return decode(content, file, mistakes)


def decode(content: bytes, file: str, mistakes: Mistakes) -> str | None:
    """Decode UTF-8; None, with the mistake taken down, where it is something else."""
    if content.startswith(_FOREIGN_MARKS):
        mistakes.add(Place(file, 1), "the file is encoded in UTF-16 or UTF-32", "save it as UTF-8")
        return None
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistakes.add(Place(file, line), f"the byte 0x{content[error.start]:02X} is not UTF-8", "save the file as UTF-8")
        return None


def _content(path: Path) -> bytes | None:
    # Opened without blocking and looked at before it is read: a named pipe must not hang the command.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        # As much as there is, not as much as there may be: room for that would cost more than reading a blueprint.
        content = piece = os.read(descriptor, min(found.st_size, LARGEST) + 1)
        while piece and len(content) <= LARGEST:
            piece = os.read(descriptor, _PIECE)
            content += piece
        return content
    finally:
        os.close(descriptor)
