"""A YAML file as a tree of values that know the line they stand on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infraops.errors import Place

Step = str | int
Path = Sequence[Step]


@dataclass(slots=True)
class Node:
    """One value of a file. `line` counts from 1; `written` is a scalar's text as the user typed it.

    `weight` counts the values in the tree with aliases expanded; it is of use only while they are.
    """

    value: Any
    line: int
    written: str | None = None
    entries: "dict[str, tuple[int, Node]] | None" = None  # of a mapping: the key's line, and the value
    items: "list[Node] | None" = None  # of a list
    weight: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Document:
    """A file whose top is a mapping: its name as the user knows it, its values, and where each stands."""

    file: str
    top: Node

    @property
    def value(self) -> dict[str, Any]:
        """The values without their places."""
        value: dict[str, Any] = self.top.value
        return value

    def place(self, *path: Step) -> Place:
        """Return where the entry at `path` stands: the line of its key, or of the nearest thing above that exists."""
        line = self.top.line
        node: Node | None = self.top
        for step in path:
            found = _step(node, step)
            if found is None:
                break
            line, node = found
        return Place(self.file, line)

    def node(self, path: Path) -> Node | None:
        """Return the value at `path` with its place, or None where there is none."""
        node: Node | None = self.top
        for step in path:
            found = _step(node, step)
            if found is None:
                return None
            node = found[1]
        return node

    def gather(self, paths: Mapping[str, Path]) -> "Document":
        """Return a document whose top-level keys are the values at `paths`, each with the place it has here."""
        entries: dict[str, tuple[int, Node]] = {}
        for name, path in paths.items():
            node = self.node(path)
            line = self.place(*path).line
            if node is not None and line is not None:
                entries[name] = line, node
        values = {name: node.value for name, (_, node) in entries.items()}
        return Document(self.file, Node(values, self.top.line, entries=entries))


def _step(node: Node | None, step: Step) -> tuple[int, Node] | None:
    if node is None:
        return None
    if node.entries is not None and isinstance(step, str):
        return node.entries.get(step)
    if node.items is not None and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step].line, node.items[step]
    return None
