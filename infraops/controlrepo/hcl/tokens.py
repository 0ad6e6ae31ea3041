"""A strict reader of HCL's tokens, for a look that must miss nothing: what it is not sure of, it refuses.

It follows the scanner of HCL itself, and knows less: no letter beyond ASCII outside of strings and comments, no escape
that HCL would complain of, no bracket that is closed by another. Terraform reads some files that this refuses, and
none in another way.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from infraops.controlrepo.hcl.scanner import BrokenHcl

DEEPEST = 60  # templates within templates
_BLANK = re.compile(r"[ \t]+|(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_OPERATOR = re.compile(r"::|\.\.\.|==|!=|<=|>=|=>|&&|\|\||[-+*/%<>=!?:,.(){}\[\]]")
_HEREDOC = re.compile(r"<<-?([A-Za-z_][A-Za-z0-9_-]*)\r?\n")
_ESCAPE = re.compile(r'\\(?:[nrt"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})')
_MARKS = re.compile(r"([$%])\1*\{")
_STRETCH = re.compile(r'[^$%"\\\r\n]+')
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Token:
    """A word, number, operator or line end; or a template: its `parts` are texts and what stands in `${…}` or `%{…}`.

    `quoted` tells a template in quotes from a heredoc.
    """

    kind: str
    text: str
    line: int
    parts: tuple["str | tuple[Token, ...]", ...] = ()
    quoted: bool = False


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a configuration file. Raises BrokenHcl where it is not understood."""
    return _Scanner(text).tokens("")


def template_of(text: str) -> Token:
    """Return a whole text as a template, as `templatefile` reads files and JSON syntax reads strings."""
    return Token("template", "", 1, _Scanner(text).bare_template(), quoted=True)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._line_ends = [match.start() for match in re.finditer("\n", text)]

    def tokens(self, closing: str) -> tuple[Token, ...]:
        """Read to the end of the text, or, in a template, to the brace that closes its sequence."""
        found: list[Token] = []
        opened: list[str] = []
        start = self._at
        while self._at < len(self._text):
            if blank := _BLANK.match(self._text, self._at):
                self._at = blank.end()
                continue
            if closing and not opened and self._text.startswith(("}", "~}"), self._at):
                self._at += 1 + (self._text[self._at] == "~")
                return tuple(found)
            token = self._token()
            found.append(token)
            if token.kind == "op" and token.text in _PAIRS.values():
                opened.append(token.text)
            elif token.kind == "op" and token.text in _PAIRS and (not opened or opened.pop() != _PAIRS[token.text]):
                raise BrokenHcl(token.line, f"a {token.text} closes what was not opened")
        if closing or opened:
            raise self._broken(f"a {opened[-1] if opened else '{'} is not closed", start if closing else None)
        return tuple(found)

    def _token(self) -> Token:
        line = self._line()
        for newline in ("\n", "\r\n"):
            if self._text.startswith(newline, self._at):
                self._at += len(newline)
                return Token("newline", "\n", line)
        if self._text[self._at] == '"':
            return self._string()
        if heredoc := _HEREDOC.match(self._text, self._at):
            return self._heredoc(heredoc)
        for kind, pattern in (("word", _PLAIN), ("op", _OPERATOR)):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                return Token("number" if match.group()[0].isdigit() else kind, match.group(), line)
        raise self._broken(f"the character {self._text[self._at]!a} is not understood here")

    def _string(self) -> Token:
        line = self._line()
        self._at += 1
        parts: list[str | tuple[Token, ...]] = []
        while not self._text.startswith('"', self._at):
            if self._text[self._at : self._at + 1] in ("", "\n", "\r"):
                raise BrokenHcl(line, "a string is not closed")
            if self._text[self._at] == "\\":
                escape = _ESCAPE.match(self._text, self._at)
                if escape is None:
                    raise self._broken("there is an escape that is not understood")
                parts.append(escape.group())
                self._at = escape.end()
            else:
                parts.append(self._piece())
        self._at += 1
        return Token("template", "", line, tuple(parts), quoted=True)

    def _heredoc(self, opening: re.Match[str]) -> Token:
        line, marker = self._line(), opening.group(1)
        self._at = opening.end()
        parts: list[str | tuple[Token, ...]] = []
        while self._at < len(self._text):
            end = self._text.find("\n", self._at)
            written = self._text[self._at : end] if end >= 0 else ""
            if written.strip() == marker:
                if written.strip(" \t\r") != marker:
                    raise self._broken("blanks around the end of a heredoc are not understood")
                self._at = end - written.endswith("\r")
                return Token("template", "", line, tuple(parts))
            parts += self._to_line_end()
        raise BrokenHcl(line, f"the heredoc {marker} is not closed")

    def _to_line_end(self) -> "list[str | tuple[Token, ...]]":
        """Read a template on from where it is to the next line; what it embeds may be longer than the line."""
        parts: list[str | tuple[Token, ...]] = []
        while self._at < len(self._text):
            part = self._piece()
            parts.append(part)
            if part == "\n":
                break
        return parts

    def bare_template(self) -> "tuple[str | tuple[Token, ...], ...]":
        parts: list[str | tuple[Token, ...]] = []
        while self._at < len(self._text):
            parts.append(self._piece())
        return tuple(parts)

    def _piece(self) -> "str | tuple[Token, ...]":
        """Read a stretch of a template's text, or one thing that stands for something else."""
        if stretch := _STRETCH.match(self._text, self._at):
            self._at = stretch.end()
            return stretch.group()
        here = self._text[self._at]
        marks = _MARKS.match(self._text, self._at) if here in "$%" else None
        if marks is None:
            self._at += 1
            return here
        if len(marks.group()) == 3:  # $${ and %%{ are text
            self._at = marks.end()
            return marks.group()
        if len(marks.group()) > 3:
            raise self._broken(f"{marks.group()} is not understood")
        self._at = marks.end()
        self._at += self._text.startswith("~", self._at)
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._broken("templates are nested too deep to be looked through")
        inside = self.tokens("}")
        self._depth -= 1
        return (Token("op", marks.group()[0], self._line()), *inside)

    def _broken(self, problem: str, at: int | None = None) -> BrokenHcl:
        return BrokenHcl(self._line(at), problem)

    def _line(self, at: int | None = None) -> int:
        return bisect_left(self._line_ends, self._at if at is None else at) + 1
