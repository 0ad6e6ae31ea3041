"""What YAML texts were composed to, by their digest, so that a text that did not change is not composed again.

Only texts without a mistake are noted: those with one are composed each time, and complain as they did. What stands
in a document is checked each time, too, as that depends on other files.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from infraops.controlrepo.documents.document import Node

Rows = Mapping[str, str]  # digest of a text → its document, as `_packed` writes it
_NONE: Rows = MappingProxyType({})
# What decides what a text is composed to. By content, so that nobody has to remember to raise a number.
_COMPOSERS = ("composing.py", "composed.py", "document.py", "scalars.py")


class Composed:
    """Documents known from before, and those that were asked for since."""

    def __init__(self, known: Rows = _NONE) -> None:
        self._known = known
        self.used: dict[str, str] = {}

    def find(self, text: str) -> Node | None:
        """Return what the text was composed to, if that is known."""
        digest = _digest(text)
        row = self.used.get(digest) or self._known.get(digest)
        if row is None:
            return None
        self.used[digest] = row
        return _unpacked(json.loads(row))

    def note(self, text: str, top: Node) -> None:
        """Keep what a text without mistakes was composed to."""
        self.used[_digest(text)] = json.dumps(_packed(top), separators=(",", ":"))


def read_rows(file: Path) -> Rows:
    """Read rows that `write_rows` wrote; none where there are none, or others than this infraops would write."""
    try:
        head, _, body = file.read_text(encoding="ascii").partition("\n")
    except (OSError, ValueError):
        return {}
    if head != _head(body):
        return {}
    return {digest: row for digest, _, row in (line.partition(" ") for line in body.splitlines())}


def write_rows(rows: Rows) -> str:
    """Return the content of a file with these rows; its first line proves that the others are whole, and of today."""
    body = "\n".join(f"{digest} {row}" for digest, row in rows.items())
    return f"{_head(body)}\n{body}"


def _head(body: str) -> str:
    return f"{_maker()} {_digest(body)}"


@cache
def _maker() -> str:
    digest = hashlib.sha256(yaml.__version__.encode())
    for name in _COMPOSERS:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(node: Node) -> list[Any]:
    if node.entries is not None:
        return [node.line, {key: [line, *_packed(below)] for key, (line, below) in node.entries.items()}]
    if node.items is not None:
        return [node.line, [_packed(item) for item in node.items]]
    # Mostly a text is written as it reads.
    return [node.line, node.value] if node.value == node.written else [node.line, node.value, node.written]


def _unpacked(packed: list[Any]) -> Node:
    line, value = packed[0], packed[1]
    if isinstance(value, dict):
        entries = {key: (below[0], _unpacked(below[1:])) for key, below in value.items()}
        return Node({key: below.value for key, (_, below) in entries.items()}, line, entries=entries)
    if isinstance(value, list):
        items = [_unpacked(item) for item in value]
        return Node([item.value for item in items], line, items=items)
    return Node(value, line, packed[2] if len(packed) > 2 else value)
