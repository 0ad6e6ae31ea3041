"""Reading Terraform's type constraints as they are written: `list(string)`, `object({name = string})`. Pure."""

import re

from infraops.controlrepo.shapes import ANY, Kind, Shape

_TOKEN = re.compile(
    r'(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*(?P<token>"(?:[^"\\]|\\.)*"|[^\W\d][\w-]*|\S|\Z)',
    re.DOTALL,
)
_DEEPEST = 20  # levels of nesting
_PLAIN = {
    "any": ANY,
    "string": Shape(Kind.TEXT),
    "number": Shape(Kind.NUMBER),
    "bool": Shape(Kind.BOOLEAN),
    "list": Shape(Kind.LIST, each=ANY),  # without what it holds, as old modules write it
    "map": Shape(Kind.MAP, each=ANY),
}
_COLLECTIONS = {"list": Kind.LIST, "set": Kind.LIST, "map": Kind.MAP}
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


class _Unread(ValueError):
    """The constraint is none, or one that this reader does not know."""


def read_constraint(text: str) -> Shape:
    """Return the shape that a type constraint asks for; what cannot be read asks for nothing (Terraform will tell)."""
    reader = _Reader(text)
    try:
        shape = reader.shape(0)
        reader.take("")
    except _Unread:
        return ANY
    return shape


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = [found.group("token") for found in _TOKEN.finditer(text)]
        self._at = 0

    def take(self, *expected: str) -> str:
        """Step over the next token, which is one of `expected`, and return it; "" is the end."""
        token = self._peek()
        if expected and token not in expected:
            raise _Unread
        self._at += 1
        return token

    def shape(self, depth: int) -> Shape:
        """Read one type."""
        if depth > _DEEPEST:
            raise _Unread
        word = self.take().strip('"')  # quoted, as Terraform 0.11 wrote them
        if self._peek() != "(":
            return self._known(word)
        self.take("(")
        if word in _COLLECTIONS:
            read = Shape(_COLLECTIONS[word], each=self.shape(depth + 1))
        elif word == "tuple":
            read = Shape(Kind.TUPLE, items=self._items(depth))
        elif word == "object":
            read = self._object(depth)
        else:
            raise _Unread
        self.take(")")
        return read

    def _known(self, word: str) -> Shape:
        if word not in _PLAIN:
            raise _Unread
        return _PLAIN[word]

    def _items(self, depth: int) -> tuple[Shape, ...]:
        items: list[Shape] = []
        self.take("[")
        while self._peek() != "]":
            items.append(self.shape(depth + 1))
            if self._peek() != "]":
                self.take(",")
        self.take("]")
        return tuple(items)

    def _object(self, depth: int) -> Shape:
        entries: dict[str, Shape] = {}
        optional: set[str] = set()
        self.take("{")
        while self._peek() != "}":
            name = self.take().strip('"')
            self.take("=", ":")
            if self._peek() == "optional":
                self.take("optional")
                self.take("(")
                optional.add(name)
                entries[name] = self.shape(depth + 1)
                self._skip_default()
            else:
                entries[name] = self.shape(depth + 1)
            if self._peek() == ",":
                self.take(",")
        self.take("}")
        return Shape(Kind.OBJECT, entries=entries, optional=frozenset(optional))

    def _skip_default(self) -> None:
        """Step over what an optional entry is without a value, and over the bracket behind it."""
        opened = 1
        while opened:
            token = self.take()
            opened += (token in _OPENING) - (token in _CLOSING)

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            raise _Unread
        return self._tokens[self._at]
