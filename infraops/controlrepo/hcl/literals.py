"""Reading HCL expressions that are plain values: what a variable's default may be. Pure."""

import re
from typing import Any

from infraops.controlrepo.hcl.scanner import BrokenHcl
from infraops.controlrepo.hcl.tokens import Token, tokens_of

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_INDENTED = re.compile(r"<<-[A-Za-z_][A-Za-z0-9_-]*\r?\n")  # no line ends in a string
_NAMED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}
_DEEPEST = 60


class NotLiteral(ValueError):
    """The expression is more than a value, or cannot be read."""


def read_literal(text: str) -> Any:
    """Return the value that an expression is, in JSON's types. Raises NotLiteral."""
    if _INDENTED.search(text):
        raise NotLiteral("an indented heredoc is left to Terraform")
    try:
        tokens = tokens_of(text + "\n")
    except BrokenHcl as broken:
        raise NotLiteral(broken.problem) from None
    return literal_of(tokens)


def literal_of(tokens: tuple[Token, ...]) -> Any:
    """Return the value that tokens are, line ends between them left out. Raises NotLiteral."""
    reader = _Reader(tokens)
    value = reader.value(0)
    reader.skip_lines()
    if reader.left():
        raise NotLiteral("there is more than a value")
    return value


class _Reader:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def skip_lines(self) -> None:
        while self.left() and self._tokens[self._at].kind == "newline":
            self._at += 1

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise NotLiteral("it is nested too deep")
        token = self._take()
        if token.kind == "template":
            return text_of(token)
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "word" and token.text in _WORDS:
            return _WORDS[token.text]
        match token.text:
            case "-":
                return -_number(self._take().text)
            case "[":
                return self._list(depth)
            case "{":
                return self._object(depth)
            case "(":
                value = self.value(depth + 1)
                self._expect(")")
                return value
        raise NotLiteral(f"{token.text} is no value")

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        while not self._is_next("]"):
            found.append(self.value(depth + 1))
            if not self._is_next("]"):
                self._expect(",")
        self._expect("]")
        return found

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._is_next("}"):
            key = self._take()
            name = text_of(key) if key.kind == "template" else key.text
            if key.kind not in ("template", "word", "number"):
                raise NotLiteral("a key is computed")
            self._expect("=", ":")
            found[name] = self.value(depth + 1)
            if self._is_next(","):
                self._expect(",")
        self._expect("}")
        return found

    def _is_next(self, text: str) -> bool:
        self.skip_lines()
        return self.left() and self._tokens[self._at].kind == "op" and self._tokens[self._at].text == text

    def _expect(self, *texts: str) -> None:
        token = self._take()
        if token.kind != "op" or token.text not in texts:
            raise NotLiteral(f"expected {texts[0]}")

    def _take(self) -> Token:
        self.skip_lines()
        if not self.left():
            raise NotLiteral("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def text_of(template: Token) -> str:
    """Return the text of a string or heredoc in which nothing is computed. Raises NotLiteral."""
    written = ""
    for part in template.parts:
        if not isinstance(part, str):
            raise NotLiteral("a text is computed")
        if part.startswith(("$${", "%%{")):
            written += part[1:]
        elif template.quoted and part.startswith("\\"):
            written += _ESCAPE.sub(_unescaped, part)
        else:
            written += part
    return written


def _unescaped(escape: re.Match[str]) -> str:
    code = escape.group(1)
    return chr(int(code[1:], 16)) if code[0] in "uU" else _NAMED[code]


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise NotLiteral(f"{text} is no number") from None
