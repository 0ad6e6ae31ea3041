"""Rego as it is written: its rules and where they stand, and old syntax brought into the form of today. Pure.

The library that compiles it takes a set in the syntax before OPA 1.0 (`deny[msg] { … }`) for an object, which makes
another policy of it. That is mended in the text, within the line, so that every place stays what it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CHECKED = re.compile(r"(?:deny|violation|warn)(?:_[a-zA-Z0-9_]+)*$")
_TOKEN = re.compile(
    r'(?P<comment>\#[^\n]*)|(?P<raw>`[^`]*`)|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<name>[A-Za-z_]\w*)'
    r"|(?P<break>\n)|(?P<space>[ \t\r]+)|(?P<sign>:=|[=!<>]=|.)",
    re.DOTALL,
)
_NO_RULES = ("package", "import", "default", "else")
_OPEN, _CLOSED = "([{", ")]}"
_GOES_ON = frozenset({"if", "else", "contains", "not", "in", "some", "every", "default", "with", "as", "import"})


@dataclass(frozen=True)
class Definition:
    """One definition of a rule at the top of a file: its name, line, own text, and the annotation above it."""

    name: str
    line: int
    text: str
    annotation: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether conftest asks this rule what is wrong."""
        return _CHECKED.fullmatch(self.name) is not None


@dataclass(frozen=True)
class RegoFile:
    """A file of Rego: its package, its rules, and what the library is handed in the place of its text."""

    package: str
    definitions: tuple[Definition, ...]
    text: str


@dataclass
class _Token:
    kind: str
    text: str
    start: int


def read_rego(text: str) -> RegoFile:
    """Look through a file; one without a package that can be read has an empty one."""
    tokens = [_Token(found.lastgroup or "", found[0], found.start()) for found in _TOKEN.finditer(text)]
    solid = [token for token in tokens if token.kind not in ("comment", "space", "break")]
    heads = list(_heads(tokens))
    definitions = []
    for number, head in enumerate(heads):
        end = heads[number + 1].start if number + 1 < len(heads) else len(text)
        definitions.append(_definition(head, [token for token in solid if head.start <= token.start < end], text))
    package = _package(solid)
    for head in heads:
        _modernise(head, solid)
    return RegoFile(package, tuple(definitions), "".join(token.text for token in tokens))


def _heads(tokens: list[_Token]) -> Iterator[_Token]:
    """Yield the names with which rules begin: the first word of a line at the top that does not go on with another."""
    depth, fresh, last = 0, True, ""
    for token in tokens:
        if token.kind == "break":
            fresh = True
        if token.kind in ("break", "space", "comment"):
            continue
        begins = depth == 0 and fresh and token.kind == "name" and token.text not in _NO_RULES
        ended = last not in _GOES_ON and (not last or last[-1] in _CLOSED or last[-1] in '"`_' or last[-1].isalnum())
        if begins and ended:
            yield token
        depth += (token.text in _OPEN) - (token.text in _CLOSED) if token.kind == "sign" else 0
        fresh, last = False, token.text


def _definition(head: _Token, tokens: list[_Token], text: str) -> Definition:
    stops = (place for place, token in enumerate(tokens) if place and token.text in ("import", "default"))
    top = [place for place in stops if text[: tokens[place].start].rpartition("\n")[2] == ""]
    last = tokens[top[0] - 1 if top else -1]
    line = text.count("\n", 0, head.start) + 1
    above = text[: head.start].splitlines()[: line - 1]
    comments: list[str] = []
    while above and above[-1].startswith("#"):
        comments.insert(0, above.pop()[1:])
    marks = [number for number, comment in enumerate(comments) if comment.strip() == "METADATA"]
    annotation = "\n".join(comments[marks[-1] + 1 :]) if marks else ""
    return Definition(head.text, line, text[head.start : last.start + len(last.text)], annotation)


def _package(solid: list[_Token]) -> str:
    """Return the package's name in dots; empty where there is none, or one that is not made of plain names."""
    if len(solid) < 2 or solid[0].text != "package" or solid[1].kind != "name":
        return ""
    name, rest = solid[1].text, solid[2:]
    while len(rest) > 1 and rest[0].text == "." and rest[1].kind == "name":
        name, rest = f"{name}.{rest[1].text}", rest[2:]
    return "" if rest and rest[0].text == "[" else name


def _modernise(head: _Token, solid: list[_Token]) -> None:
    """Write the head of a set in the syntax of today: `deny[msg] {` becomes `deny contains msg if {`."""
    at = solid.index(head)
    if at + 1 == len(solid) or solid[at + 1].text != "[":
        return
    depth = 0
    for place in range(at + 1, len(solid)):
        depth += (solid[place].text in _OPEN) - (solid[place].text in _CLOSED) if solid[place].kind == "sign" else 0
        if depth == 0:
            break
    after = solid[place + 1].text if place + 1 < len(solid) else ""
    if after in ("=", ":=", "if", "[", ".", "contains"):
        return
    solid[at + 1].text = " contains "
    solid[place].text = " if " if after == "{" else " "
