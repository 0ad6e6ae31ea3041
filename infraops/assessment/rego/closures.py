"""Comprehensions of Rego, rewritten so that the compiler sees which names they share with what is around them. Pure.

The library takes a name that stands in brackets (`[x | x := kept[name][_]]`) for a new one, that runs through all keys,
unless `:=` or `some … in` gave it its value outside. OPA takes it for the one outside. So such a name is handed over
under another one: `[x | inside_name := name; x := kept[inside_name][_]]`, within the line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from infraops.assessment.rego.tokens import Token

_PREFIX = "inside_"
_WORDS = frozenset(
    {"as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not"}
)
_WORDS |= {"null", "package", "set", "some", "true", "with", "_"}
_BEFORE_TERM = frozenset({"as", "contains", "default", "every", "in", "not", "some", "with"})


@dataclass
class _Scope:
    """Tokens that share their names: those of a rule's head, of one of its bodies, or of a comprehension."""

    around: "_Scope | None" = None
    bar: Token | None = None
    tokens: list[Token] = field(default_factory=list)  # its own, without those of scopes within
    within: "list[_Scope]" = field(default_factory=list)

    def open(self, bar: Token | None = None) -> "_Scope":
        """Return a new scope within."""
        self.within.append(_Scope(self, bar))
        return self.within[-1]

    def everything(self) -> list[Token]:
        """Return its tokens and those of the scopes within, in the order of the text."""
        found = [*self.tokens, *(token for scope in self.within for token in scope.everything())]
        return sorted(found, key=lambda token: token.start)


def close_over(rule: list[Token], known: frozenset[str]) -> None:
    """Rewrite the comprehensions of one rule; `known` are names of rules and imports, which all of a file shares."""
    head = _scopes(rule)
    for scope in _comprehensions(head):
        shared = _names_in_brackets(scope) - _declared(scope, alone=True) - known
        shared &= {name for outer in _around(scope) for name in map(_text, _names(outer.tokens))}
        for outer in _around(scope):
            shared -= _declared(outer, alone=False)  # those the compiler knows, and earlier ones are others
        inside = scope.everything()
        for token in _names(inside):
            if token.text in shared:
                token.text = _PREFIX + token.text
        if scope.bar is not None:
            scope.bar.text += "".join(f" {_PREFIX}{name} := {name};" for name in sorted(shared))


def _scopes(rule: list[Token]) -> _Scope:
    """Sort the tokens of a rule into scopes."""
    head = scope = _Scope()
    left: list[_Scope] = []  # of each open bracket, the scope around it
    bars = _bars(rule)
    fresh, before = False, Token("", "", 0)
    for token in rule:
        if token.kind in ("comment", "space"):
            continue
        if token.deeper > 0:
            left.append(scope)
            starts_body = token.text == "{" and _starts_body(before, fresh=fresh)
            if token.start in bars and not starts_body:
                scope = scope.open(bars[token.start])
            elif starts_body and len(left) == 1:
                scope = head.open()
        scope.tokens.append(token)
        if token.deeper < 0 and left:
            scope = left.pop()
        fresh = token.kind == "break"
        before = before if fresh else token
    return head


def _bars(rule: list[Token]) -> dict[int, Token]:
    """Return the first `|` right within each bracket, by where the bracket opens."""
    found: dict[int, Token] = {}
    opened: list[Token] = []
    for token in rule:
        if token.kind == "sign" and token.text == "|" and opened and opened[-1].text != "(":
            found.setdefault(opened[-1].start, token)
        if token.deeper > 0:
            opened.append(token)
        elif token.deeper < 0 and opened:
            opened.pop()
    return found


def _starts_body(before: Token, *, fresh: bool) -> bool:
    if before.text in ("if", "else"):
        return True
    return before.ends_term and before.text not in _BEFORE_TERM and not fresh


def _comprehensions(scope: _Scope) -> Iterator[_Scope]:
    """Yield them from outside to inside."""
    for each in scope.within:
        if each.bar is not None:
            yield each
        yield from _comprehensions(each)


def _around(scope: _Scope) -> Iterator[_Scope]:
    while scope.around is not None:
        scope = scope.around
        yield scope


def _names(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens that name something, and are no field of it and no function."""
    solid = [token for token in tokens if token.kind != "break"]
    for place, token in enumerate(solid):
        before = solid[place - 1].text if place else ""
        after = solid[place + 1].text if place + 1 < len(solid) else ""
        if token.kind == "name" and token.text not in _WORDS and before != "." and after != "(":
            yield token


def _text(token: Token) -> str:
    return token.text


def _names_in_brackets(scope: _Scope) -> set[str]:
    """Return the names that stand in the brackets behind a name: `kept[name]`."""
    tokens = scope.everything()
    names = {id(token) for token in _names(tokens)}
    found: set[str] = set()
    opened: list[bool] = []
    before: Token | None = None
    for token in tokens:
        if token.deeper > 0:
            behind = before is not None and before.ends_term and before.start + len(before.text) == token.start
            opened.append(token.text == "[" and behind)
        elif token.deeper < 0 and opened:
            opened.pop()
        elif any(opened) and id(token) in names:
            found.add(token.text)
        before = token
    return found


def _declared(scope: _Scope, *, alone: bool) -> set[str]:
    """Return the names that a scope declares itself: with `:=`, `some … in`, and maybe with `some` alone."""
    found: set[str] = set()
    statement: list[Token] = []
    declares, head = False, scope.around is None
    for token in scope.tokens:
        if token.kind == "break" or token.text in (";", "|"):
            statement, declares = [], False
        elif token.text == ":=":
            found |= set() if head else set(map(_text, _names(statement)))  # `rule[name] := …` declares nothing
            head = False
        elif token.text in ("some", "every"):
            statement, declares = [], True
        elif token.text == "in" and declares:
            found |= set(map(_text, _names(statement)))
            declares = False
        else:
            statement.append(token)
            if declares and alone:
                found |= set(map(_text, _names([token])))
    return found
