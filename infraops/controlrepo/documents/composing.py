"""From the text of a YAML file to a document: safe, strict, and with every value's line.

Read as events from libyaml, which is fast and does not recurse; values are built here so that depth, aliases,
duplicate keys and tags are under our control.
"""

from collections.abc import Callable
from typing import Any

from yaml import (
    AliasEvent,
    CSafeLoader,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    YAMLError,
)

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.document import Document, Node
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.scalars import AmbiguousScalar, resolve_plain
from infraops.controlrepo.documents.syntax import BRACES, Unreadable, explain_syntax
from infraops.errors import Place

DEEPEST = 40  # levels of nesting
HEAVIEST = 20_000  # values that the aliases of one file may stand for
_MERGE = "<<"


def compose(text: str, file: str, mistakes: Mistakes, composed: Composed | None = None) -> Document | None:
    """Build the document that `text` holds; `file` is its name as the user knows it.

    Mistakes are taken down in `mistakes`; None is returned where they leave no mapping to work with. What is known
    from before is taken from `composed`, and what is not is noted there.
    """
    known = composed.find(text) if composed is not None else None
    if known is not None:
        return Document(file, known)
    own = Mistakes()
    top = _composed(text, file, own, of_any_kind=False)
    if top is not None and composed is not None and not own:
        composed.note(text, top)
    mistakes.merge(own)
    return None if top is None else Document(file, top)


def compose_value(text: str, source: str, mistakes: Mistakes) -> Any:
    """Return the value, of any kind, that `text` has in a file; `source` is where the user gave it.

    Mistakes are taken down in `mistakes`; the value is of no use then. Nothing, or a comment alone, is None.
    """
    try:
        text.encode()
    except UnicodeEncodeError:  # so Python hands on words of the command line that are not
        mistakes.add(Place(source), "it is not UTF-8", "type it in UTF-8")
        return None
    top = _composed(text, source, mistakes, of_any_kind=True)
    return None if top is None else top.value


def _composed(text: str, file: str, mistakes: Mistakes, *, of_any_kind: bool) -> Node | None:
    composer = _Composer(text, file, mistakes)
    try:
        return composer.document(of_any_kind=of_any_kind)
    except Unreadable as unreadable:
        mistakes.add(Place(file, unreadable.line), unreadable.problem, unreadable.hint)
        return None
    except YAMLError as error:
        trouble = explain_syntax(error, text, composer.open_lines)
        mistakes.add(Place(file, trouble.line), trouble.problem, trouble.hint)
        return None


class _Composer:
    def __init__(self, text: str, file: str, mistakes: Mistakes) -> None:
        self._next: Callable[[], Any] = CSafeLoader(text).get_event
        self._file = file
        self._mistakes = mistakes
        self._anchors: dict[str, Node | None] = {}  # None while the anchored value is still open
        self._weight = 0
        self.open_lines = [1]  # where the lists and mappings start that are not read to their end yet

    def document(self, *, of_any_kind: bool) -> Node | None:
        self._next()  # the stream's start
        start = self._next()
        if isinstance(start, StreamEndEvent):
            if not of_any_kind:
                self._mistake(1, "the file is empty", "write the keys it needs, or remove it")
            return None
        first = self._next()
        if not of_any_kind and not isinstance(first, MappingStartEvent):
            self._refuse_top(first)
            return None
        top = self._node(first, 1)
        self._next()  # the document's end
        following = self._next()
        if not isinstance(following, StreamEndEvent):
            self._mistake(
                following.start_mark.line + 1, "a second document starts here", "write one document a file, without ---"
            )
        return top

    def _refuse_top(self, first: Any) -> None:
        if isinstance(first, ScalarEvent) and first.value == "":
            self._mistake(1, "the file is empty", "write the keys it needs, or remove it")
            return
        found = "a list" if isinstance(first, SequenceStartEvent) else "text"
        self._mistake(first.start_mark.line + 1, f"expected keys and values, found {found}", 'start with "schema: …"')

    def _mistake(self, line: int, problem: str, hint: str, *, unreadable: bool = False) -> None:
        self._mistakes.add(Place(self._file, line), problem, hint, unreadable=unreadable)

    def _node(self, event: Any, depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > DEEPEST:
            raise Unreadable(line, f"values are nested more than {DEEPEST} levels deep", "make the structure flatter")
        if isinstance(event, AliasEvent):
            return self._alias(event, line)
        anchor = event.anchor
        if event.tag is not None and event.tag != "!":
            self._mistake(
                line, f"the tag {_short_tag(event.tag)} is not allowed", "remove it and write the plain value"
            )
        if anchor is not None:
            self._anchors[anchor] = None
        if isinstance(event, ScalarEvent):
            node = self._scalar(event, line)
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(line, depth)
        else:
            node = self._sequence(line, depth)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _count(self, line: int, weight: int) -> None:
        self._weight += weight
        if self._weight > HEAVIEST:
            raise Unreadable(
                line,
                f"the aliases of this file stand for more than {HEAVIEST} values",
                "use fewer or smaller aliases",
            )

    def _alias(self, event: AliasEvent, line: int) -> Node:
        if event.anchor not in self._anchors:
            raise Unreadable(line, f"the alias *{event.anchor} has no anchor", f"define &{event.anchor} above it")
        node = self._anchors[event.anchor]
        if node is None:
            raise Unreadable(line, f"the alias *{event.anchor} stands inside its own anchor", "write the value out")
        self._count(line, node.weight)
        return node

    def _scalar(self, event: ScalarEvent, line: int) -> Node:
        text: str = event.value
        if not event.implicit[0]:
            return Node(text, line, text)
        try:
            return Node(resolve_plain(text), line, text)
        except AmbiguousScalar as ambiguous:
            self._mistake(line, ambiguous.problem, ambiguous.hint, unreadable=True)
            return Node(text, line, text)

    def _sequence(self, line: int, depth: int) -> Node:
        items: list[Node] = []
        self.open_lines.append(line)
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        self.open_lines.pop()
        return Node([item.value for item in items], line, items=items, weight=1 + sum(item.weight for item in items))

    def _mapping(self, line: int, depth: int) -> Node:
        entries: dict[str, tuple[int, Node]] = {}
        merged: list[Node] = []
        self.open_lines.append(line)
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._node(event, depth + 1)
            merge = isinstance(event, ScalarEvent) and event.implicit[0] and event.value == _MERGE
            value = self._node(self._next(), depth + 1)
            if merge:
                merged.extend(self._merge_sources(key.line, value))
            elif self._acceptable(key, entries):
                entries[key.value] = key.line, value
        self.open_lines.pop()
        for source in merged:
            for name, entry in (source.entries or {}).items():
                entries.setdefault(name, entry)
        values: dict[str, Any] = {name: entry[1].value for name, entry in entries.items()}
        return Node(values, line, entries=entries, weight=1 + sum(entry[1].weight for entry in entries.values()))

    def _acceptable(self, key: Node, entries: dict[str, tuple[int, Node]]) -> bool:
        if key.entries is not None or key.items is not None:
            found = "a list" if key.items is not None else "a mapping"
            hint = "write a plain key" if key.items is not None else BRACES
            self._mistake(key.line, f"a key must be text, found {found}", hint, unreadable=True)
            return False
        if not isinstance(key.value, str):
            shown = key.written or "nothing"
            self._mistake(key.line, f"a key must be text, found {shown}", f'put it in quotes: "{key.written}"')
            return False
        if key.value in entries:
            first = entries[key.value][0]
            self._mistake(key.line, f'the key "{key.value}" stands twice', f"it is also on line {first}; remove one")
            return False
        return True

    def _merge_sources(self, line: int, value: Node) -> list[Node]:
        sources = value.items if value.items is not None else [value]
        if any(source.entries is None for source in sources):
            self._mistake(
                line, "a merge key << takes a mapping or a list of mappings", "give it an alias such as *base"
            )
        return [source for source in sources if source.entries is not None]


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
