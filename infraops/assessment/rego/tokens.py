"""Rego as a row of tokens. Pure."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'(?P<comment>\#[^\n]*)|(?P<raw>`[^`]*`)|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<name>[A-Za-z_]\w*)'
    r"|(?P<break>\n)|(?P<space>[ \t\r]+)|(?P<sign>:=|[=!<>]=|.)",
    re.DOTALL,
)
OPEN, CLOSED = "([{", ")]}"


@dataclass
class Token:
    """One token, and where it began; its text may be rewritten."""

    kind: str
    text: str
    start: int

    @property
    def deeper(self) -> int:
        """How much deeper what follows is nested."""
        return (self.text in OPEN) - (self.text in CLOSED) if self.kind == "sign" else 0

    @property
    def ends_term(self) -> bool:
        """Whether a term may end with this token, so that what follows it begins none."""
        last = self.text[-1:]
        return last in CLOSED or last in '"`_' or last.isalnum()


def tokens_of(text: str) -> list[Token]:
    """Split a text into tokens; together they are the text again."""
    return [Token(found.lastgroup or "", found[0], found.start()) for found in _TOKEN.finditer(text)]
