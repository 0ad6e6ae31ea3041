"""Terraform's type constraints as they are written: `list(object({a = optional(string, "x")}))`. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r'(?P<blank>(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*)(?P<token>"(?:[^"\\]|\\.)*"|[^\W\d][\w-]*|\S|\Z)',
    re.DOTALL,
)
_DEEPEST = 20  # levels of nesting
_PLAIN = ("any", "string", "number", "bool", "list", "map")  # the last two as old modules write them
_COLLECTIONS = ("list", "set", "map")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


@dataclass(frozen=True)
class HclType:
    """A type by its word. `each` is what a list, set or map holds, None where that is not said.

    `entries` are an object's; `optional` maps the names of those that may be missing to the text of their default,
    None where there is none.
    """

    word: str
    each: "HclType | None" = None
    members: "tuple[HclType, ...]" = ()
    entries: "Mapping[str, HclType]" = field(default_factory=dict)
    optional: Mapping[str, str | None] = field(default_factory=dict)


class Unread(ValueError):
    """The text is no type constraint, or one that this reader does not know."""


def read_type(text: str) -> HclType:
    """Read a type constraint. Raises Unread."""
    reader = _Reader(text)
    found = reader.type(0)
    reader.take("")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._found = list(_TOKEN.finditer(text))
        self._at = 0

    def take(self, *expected: str) -> str:
        """Step over the next token, which is one of `expected`, and return it; "" is the end."""
        token = self._peek()
        if expected and token not in expected:
            raise Unread(token)
        self._at += 1
        return token

    def type(self, depth: int) -> HclType:
        """Read one type."""
        if depth > _DEEPEST:
            raise Unread("it is nested too deep")
        word = self.take().strip('"')  # quoted, as Terraform 0.11 wrote them
        if self._peek() != "(":
            if word not in _PLAIN:
                raise Unread(word)
            return HclType(word)
        self.take("(")
        if word in _COLLECTIONS:
            read = HclType(word, each=self.type(depth + 1))
        elif word == "tuple":
            read = HclType(word, members=self._members(depth))
        elif word == "object":
            read = self._object(depth)
        else:
            raise Unread(word)
        self.take(")")
        return read

    def _members(self, depth: int) -> tuple[HclType, ...]:
        members: list[HclType] = []
        self.take("[")
        while self._peek() != "]":
            members.append(self.type(depth + 1))
            if self._peek() != "]":
                self.take(",")
        self.take("]")
        return tuple(members)

    def _object(self, depth: int) -> HclType:
        entries: dict[str, HclType] = {}
        optional: dict[str, str | None] = {}
        self.take("{")
        while self._peek() != "}":
            name = self.take().strip('"')
            self.take("=", ":")
            if self._peek() == "optional":
                self.take("optional")
                self.take("(")
                entries[name] = self.type(depth + 1)
                optional[name] = self._default()
            else:
                entries[name] = self.type(depth + 1)
            if self._peek() == ",":
                self.take(",")
        self.take("}")
        return HclType("object", entries=entries, optional=optional)

    def _default(self) -> str | None:
        """Read what an optional entry is without a value, and the bracket behind it."""
        if self.take(",", ")") == ")":
            return None
        start, opened = self._found[self._at - 1].end("token"), 1
        while opened:
            token = self.take()
            if token == "":
                raise Unread("a bracket is not closed")
            opened += (token in _OPENING) - (token in _CLOSING)
        return self._text[start : self._found[self._at - 1].start("token")].strip()

    def _peek(self) -> str:
        if self._at >= len(self._found):
            raise Unread("it ends too early")
        return self._found[self._at]["token"]
