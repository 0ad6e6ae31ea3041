"""What of a variable's `validation` can be said by a parameter's limits, so that a blueprint is refused early. Pure.

Terraform goes on checking all of it: what is not understood here is only found out later.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from infraops.controlrepo.adoption.conversion import Written
from infraops.controlrepo.hcl.literals import NotLiteral, read_literal, text_of
from infraops.controlrepo.hcl.scanner import BrokenHcl
from infraops.controlrepo.hcl.tokens import Token, tokens_of

_OPENING, _CLOSING = "([{", ")]}"
# Where Go's regular expressions and Python's mean the same; classes by name and flags are not among it.
_STRANGE = re.compile(r"\[\[:|\\[pPzZQEAC]|\(\?(?!:)|\\x\{|[*+?}]\+")
_NUMBER = r"(?P<number>- ?\d+(?:\.\d+)?|\d+(?:\.\d+)?)"
_LIST = r"(?P<list>\[.*\])"
_TEXT = r'(?P<text>"(?:[^"\\]|\\.)*")'


@dataclass
class Limits:
    """What a condition says as keys of a parameter, and as keys of what it holds; `rest` is what is left of it."""

    own: Written = field(default_factory=dict)
    items: Written = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)


def read_condition(name: str, condition: str, kind: str) -> Limits:
    """Take the condition of a variable apart; `kind` is the type of its parameter."""
    limits = Limits()
    try:
        tokens = tuple(token for token in tokens_of(condition + "\n") if token.kind != "newline")
    except BrokenHcl:
        limits.rest.append(" ".join(condition.split()))
        return limits
    for part in _split(_bare(_without_null(_bare(tokens), name)), "&&"):
        text = _written(_bare(part))
        found = _limit(text, rf"var \. {re.escape(name)}", kind)
        inside = _of_each(text, name)
        if found is not None:
            _take(limits.own, found, text, limits)
        elif inside is not None and (found := _limit(inside[1], re.escape(inside[0]), "string")) is not None:
            _take(limits.items, found, text, limits)
        else:
            limits.rest.append(text)
    return limits


def _take(into: Written, found: Written, text: str, limits: Limits) -> None:
    if found.keys() & into.keys():
        limits.rest.append(text)
    else:
        into.update(found)


def _limit(text: str, var: str, kind: str) -> Written | None:
    """Return what one comparison says of `var` as keys of a parameter of this kind; None where nothing can be said."""
    if kind == "string":
        return _choice(text, var) or _pattern(text, var) or _measure(text, rf"length \( {var} \)")
    if kind == "number":
        whole = re.fullmatch(rf"floor \( {var} \) == {var}|{var} == floor \( {var} \)|{var} % 1 == 0", text)
        return {"type": "integer"} if whole else _measure(text, var)
    return _measure(text, rf"length \( {var} \)") if kind in ("list", "set", "map") else None


def _choice(text: str, var: str) -> Written | None:
    if found := re.fullmatch(rf"contains \( {_LIST} , {var} \)", text):
        values = _literal(found["list"])
    else:
        parts = [re.fullmatch(rf"{var} == {_TEXT}", part) for part in text.split(" || ")]
        values = [_literal(part["text"]) for part in parts if part is not None] if all(parts) else None
    texts = isinstance(values, list) and values and all(isinstance(value, str) for value in values)
    return {"type": "enum", "values": list(dict.fromkeys(values))} if texts and values else None


def _pattern(text: str, var: str) -> Written | None:
    found = re.fullmatch(rf"can \( regex \( {_TEXT} , {var} \) \)", text) or re.fullmatch(
        rf"length \( regexall \( {_TEXT} , {var} \) \) (?:> 0|>= 1|!= 0)", text
    )
    pattern = _literal(found["text"]) if found is not None else None
    if not isinstance(pattern, str) or _STRANGE.search(pattern):
        return None
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    return {"pattern": pattern}


def _measure(text: str, what: str) -> Written | None:
    counted = what.startswith("length")
    for pattern, key in ((rf"{what} (?P<sign>[<>]=?) {_NUMBER}", 0), (rf"{_NUMBER} (?P<sign>[<>]=?) {what}", 1)):
        if found := re.fullmatch(pattern, text):
            number = float(found["number"].replace(" ", ""))
            limit: Any = int(number) if number == int(number) else number
            least = (found["sign"][0] == ">") != bool(key)
            if found["sign"] in "<>":
                if not counted:
                    return None  # a number may come as near as it likes
                limit += 1 if least else -1
            return {"min" if least else "max": limit} if not counted or limit >= 0 else None
    return None


def _of_each(text: str, name: str) -> tuple[str, str] | None:
    """Return the name of one entry and what is said of it, where the same is said of all of a list or set."""
    pattern = rf"alltrue \( \[ for (?P<each>\w+) in (?:toset \( )?var \. {re.escape(name)}(?: \))? : (?P<said>.*) \] \)"
    found = re.fullmatch(pattern, text)
    return (found["each"], found["said"]) if found is not None else None


def _without_null(tokens: tuple[Token, ...], name: str) -> tuple[Token, ...]:
    """Leave out that null is allowed, too: a parameter that is not given is null."""
    null = {f"var . {name} == null", f"null == var . {name}"}
    alternatives = [_bare(part) for part in _split(tokens, "||")]
    kept = [part for part in alternatives if _written(part) not in null]
    if len(kept) == 1 < len(alternatives):
        return kept[0]
    question = list(_split(tokens, "?"))
    if len(question) == 2 and _written(_bare(question[0])) in null:
        answers = list(_split(question[1], ":"))
        if len(answers) == 2 and _written(answers[0]) == "true":
            return answers[1]
    return tokens


def _split(tokens: tuple[Token, ...], operator: str) -> Iterator[tuple[Token, ...]]:
    depth, start = 0, 0
    for at, token in enumerate(tokens):
        if token.kind == "op":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            if depth == 0 and token.text == operator:
                yield tokens[start:at]
                start = at + 1
    yield tokens[start:]


def _bare(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Take away brackets around all of an expression."""
    while len(tokens) > 2 and tokens[0].text == "(" and tokens[-1].text == ")" and _encloses(tokens):
        tokens = tokens[1:-1]
    return tokens


def _encloses(tokens: tuple[Token, ...]) -> bool:
    depth = 0
    for at, token in enumerate(tokens):
        if token.kind == "op":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0:
            return at == len(tokens) - 1
    return False


def _written(tokens: tuple[Token, ...]) -> str:
    return " ".join(map(_word, tokens))


def _word(token: Token) -> str:
    if token.kind != "template":
        return token.text
    try:
        return json.dumps(text_of(token), ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    except NotLiteral:
        return "…"


def _literal(text: str) -> Any:
    try:
        return read_literal(text)
    except NotLiteral:
        return None
