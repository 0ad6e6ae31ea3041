"""Rego as it is written: its rules and where they stand, and old syntax brought into the form of today. Pure.

The library that compiles it takes a set in the syntax before OPA 1.0 (`deny[msg] { … }`) for an object, which makes
another policy of it. That is mended in the text, within the line, so that every place stays what it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infraops.assessment.rego.closures import close_over
from infraops.assessment.rego.pairs import spell_out_pairs
from infraops.assessment.rego.tokens import Token, tokens_of

_CHECKED = re.compile(r"(?:deny|violation|warn)(?:_[a-zA-Z0-9_]+)*$")
_NO_RULES = ("package", "import", "default", "else")
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
    unheard: tuple[int, ...] = ()  # lines with a `with … as …` that the library passes over without a word


def read_rego(text: str) -> RegoFile:
    """Look through a file; one without a package that can be read has an empty one."""
    tokens = tokens_of(text)
    solid = [token for token in tokens if token.kind not in ("comment", "space", "break")]
    heads = list(_heads(tokens))
    definitions = []
    for number, head in enumerate(heads):
        end = heads[number + 1].start if number + 1 < len(heads) else len(text)
        definitions.append(_definition(head, [token for token in solid if head.start <= token.start < end], text))
    package = _package(solid)
    unheard = tuple(text.count("\n", 0, token.start) + 1 for token in _unheard(solid))
    known = frozenset({head.text for head in heads} | _imported(solid))
    ends = [head.start for head in heads[1:]] + [len(text)] * bool(heads)
    for head, end in zip(heads, ends, strict=True):
        rule = [token for token in tokens if head.start <= token.start < end]
        close_over(rule, known)
        spell_out_pairs(rule)
    for head in heads:
        _modernise(head, solid)
    return RegoFile(package, tuple(definitions), "".join(token.text for token in tokens), unheard)


def _heads(tokens: list[Token]) -> Iterator[Token]:
    """Yield the names with which rules begin: the first word of a line at the top that does not go on with another."""
    depth, fresh, last, before = 0, True, Token("", "", 0), ""
    for token in tokens:
        if token.kind == "break":
            fresh = True
        if token.kind in ("break", "space", "comment"):
            continue
        begins = depth == 0 and fresh and token.kind == "name" and token.text not in _NO_RULES
        # `import future.keywords.in` ends with a word that would otherwise say that something follows.
        open_ended = last.text in _GOES_ON and before != "."
        ended = not open_ended and (not last.text or last.ends_term)
        if begins and ended:
            yield token
        depth += token.deeper
        fresh, last, before = False, token, last.text


def _definition(head: Token, tokens: list[Token], text: str) -> Definition:
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


def _package(solid: list[Token]) -> str:
    """Return the package's name in dots; empty where there is none, or one that is not made of plain names."""
    if len(solid) < 2 or solid[0].text != "package" or solid[1].kind != "name":
        return ""
    name, rest = solid[1].text, solid[2:]
    while len(rest) > 1 and rest[0].text == "." and rest[1].kind == "name":
        name, rest = f"{name}.{rest[1].text}", rest[2:]
    return "" if rest and rest[0].text == "[" else name


def _unheard(solid: list[Token]) -> Iterator[Token]:
    """Yield each `with … as …` whose value is looked up: neither written down, nor a name alone."""
    replaced: Token | None = None
    for place, token in enumerate(solid):
        if token.text == "with" and token.kind == "name":
            replaced = token
        elif token.text == "as" and replaced is not None:
            inside, depth = [], 0
            for each in solid[place + 1 :]:
                depth += each.deeper
                inside.append(each)
                if depth <= 0:
                    break
            after = solid[place + 1 + len(inside) :][:1]
            looked_up = any(each.kind == "name" and each.text not in ("true", "false", "null") for each in inside)
            goes_on = any(each.text in (".", "[", "(") and each.start == _end(inside[-1]) for each in after)
            if (looked_up and len(inside) > 1) or goes_on:
                yield replaced
            replaced = None


def _end(token: Token) -> int:
    return token.start + len(token.text)


def _imported(solid: list[Token]) -> set[str]:
    """Return the names that imports bring in."""
    found = set()
    for place, token in enumerate(solid):
        if token.text == "import" and token.kind == "name":
            path = solid[place + 1 : place + 2]
            while (rest := solid[place + 1 + len(path) :][:2]) and rest[0].text in (".", "as"):
                path += rest
            found |= {each.text for each in path[-1:]}
    return found


def _modernise(head: Token, solid: list[Token]) -> None:
    """Write the head of a set in the syntax of today: `deny[msg] {` becomes `deny contains msg if {`."""
    at = solid.index(head)
    if at + 1 == len(solid) or solid[at + 1].text != "[":
        return
    depth = 0
    for place in range(at + 1, len(solid)):
        depth += solid[place].deeper
        if depth == 0:
            break
    after = solid[place + 1].text if place + 1 < len(solid) else ""
    if after in ("=", ":=", "if", "[", ".", "contains"):
        return
    solid[at + 1].text = " contains "
    solid[place].text = " if " if after == "{" else " "
