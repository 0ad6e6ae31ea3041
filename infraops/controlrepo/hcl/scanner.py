"""A small scanner of Terraform files: which top-level blocks they hold and which attributes stand right inside them.

It knows strings with templates, heredocs, comments and brackets, so that nothing inside them is taken for a block. It
is no parser: what Terraform itself would refuse may pass here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BLANK = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"[^\W\d][\w-]*")
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)[^\n]*\n")
_PLAIN = re.compile(r'[^"\\$%\n]+')
_OPENING, _CLOSING = "({[", ")}]"
_DEEPEST = 20  # blocks within blocks; what is inside of deeper ones is stepped over


class BrokenHcl(ValueError):
    """A string, comment, heredoc or bracket is not closed; `line` is where it starts."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


@dataclass(frozen=True)
class Block:
    """A top-level block: `variable "size" {…}` has kind `variable` and labels `("size",)`.

    `attributes` maps the names assigned right inside it to the text of their expressions, `blocks` are those inside it,
    `body` is all the text between its brackets. It reaches from `start` to `end` in the text, less a byte order mark.
    """

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    blocks: "tuple[Block, ...]" = ()
    body: str = ""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def called(self) -> str | None:
        """The source of the module that a block `module` calls, as written; None for every other block."""
        return self.attributes.get("source", "").strip('"') if self.kind == "module" else None

    @property
    def called_beside(self) -> str | None:
        """The same where it is a relative path, so that the module lies beside this one."""
        return self.called if self.called is not None and self.called.startswith(("./", "../")) else None


def scan(text: str) -> tuple[Block, ...]:
    """Return the top-level blocks of a Terraform file.

    Raises BrokenHcl where something is not closed.
    """
    return tuple(_Scanner(text.removeprefix("\ufeff")).blocks())


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def blocks(self) -> Iterator[Block]:
        while self._skip_blank():
            start = self._at
            kind = self._word()
            if kind is None:
                self._token()
                continue
            labels: list[str] = []
            while self._skip_blank() and (label := self._label()) is not None:
                labels.append(label)
            if self._peek() == "{":
                yield self._block(kind, tuple(labels), start, 0)

    def _block(self, kind: str, labels: tuple[str, ...], named: int, depth: int) -> Block:
        start = self._at
        self._at += 1
        attributes: dict[str, str] = {}
        blocks: list[Block] = []
        while self._skip_blank():
            if self._peek() == "}":
                self._at += 1
                body = self._text[start + 1 : self._at - 1]
                return Block(kind, labels, self._line(named), attributes, tuple(blocks), body, named, self._at)
            begun = self._at
            name = self._word()
            if name is None:
                self._token()
                continue
            self._skip_blank()
            if self._peek() == "=" and self._text[self._at : self._at + 2] != "==":
                self._at += 1
                attributes[name] = self._expression()
                continue
            inner: list[str] = []
            while self._skip_blank() and self._peek() == '"':
                inner.append(self._string())
            if self._peek() == "{" and depth < _DEEPEST:
                blocks.append(self._block(name, tuple(inner), begun, depth + 1))
        raise BrokenHcl(self._line(start), "a { is not closed")

    def _expression(self) -> str:
        """Read to the end of the line or of the block, whichever comes first outside of brackets."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in "\n}":
            blank = _BLANK.match(self._text, self._at)
            if blank is None:
                self._token()
            elif "\n" in _COMMENT.sub("", blank.group()):
                break
            else:
                self._at = blank.end()
        return self._text[start : self._at].strip()

    def _token(self) -> None:
        """Step over one token; a bracket with all that is inside it."""
        here = self._text[self._at]
        if here == '"':
            self._string()
        elif here in _OPENING:
            self._brackets()
        elif heredoc := _HEREDOC.match(self._text, self._at):
            self._heredoc(heredoc)
        elif word := _WORD.match(self._text, self._at):
            self._at = word.end()
        else:
            self._at += 1

    def _brackets(self) -> None:
        opened: list[int] = []
        while self._skip_blank():
            here = self._text[self._at]
            if here in _OPENING:
                opened.append(self._at)
                self._at += 1
            elif here in _CLOSING:
                if _OPENING.index(self._text[opened[-1]]) != _CLOSING.index(here):
                    break
                opened.pop()
                self._at += 1
                if not opened:
                    return
            else:
                self._token()
        raise BrokenHcl(self._line(opened[-1]), f"a {self._text[opened[-1]]} is not closed")

    def _string(self) -> str:
        """Step over a quoted string and return what is between its quotes."""
        start = self._at
        self._at += 1
        while self._at < len(self._text):
            if plain := _PLAIN.match(self._text, self._at):
                self._at = plain.end()
                continue
            here = self._text[self._at]
            if here == '"':
                self._at += 1
                return self._text[start + 1 : self._at - 1]
            if here == "\n":
                break
            self._string_part(here)
        raise BrokenHcl(self._line(start), "a string is not closed")

    def _string_part(self, here: str) -> None:
        following = self._text[self._at + 1 : self._at + 3]
        if here == "\\":
            self._at += 2
        elif following == here + "{":  # $${ and %%{ are text
            self._at += 3
        elif following[:1] == "{":
            self._at += 1
            self._brackets()
        else:
            self._at += 1

    def _heredoc(self, opening: re.Match[str]) -> None:
        end = re.compile(rf"^[ \t]*{re.escape(opening.group(1))}[ \t\r]*$", re.MULTILINE)
        closing = end.search(self._text, opening.end())
        if closing is None:
            raise BrokenHcl(self._line(opening.start()), f"the heredoc {opening.group(1)} is not closed")
        self._at = closing.end()

    def _label(self) -> str | None:
        return self._string() if self._peek() == '"' else self._word()

    def _word(self) -> str | None:
        word = _WORD.match(self._text, self._at)
        if word is None:
            return None
        self._at = word.end()
        return word.group()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_blank(self) -> bool:
        """Step over blanks and comments; False at the end of the text."""
        blank = _BLANK.match(self._text, self._at)
        if blank is not None:
            self._at = blank.end()
        if self._text.startswith("/*", self._at):
            raise BrokenHcl(self._line(self._at), "a comment is not closed")
        return self._at < len(self._text)

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1
