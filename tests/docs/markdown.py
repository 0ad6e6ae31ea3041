"""Reading the documentation's Markdown as far as the tests need it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_FENCE = re.compile(r"^ *(```+)(.*)$")
_LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its info string ("yaml blueprint") and its text."""

    page: Path
    line: int
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    begun, info = 0, ""
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if fence and not begun:
            begun, info, lines = number, fence[2].strip(), []
        elif fence:
            yield Block(page, begun, info, "\n".join(lines) + "\n")
            begun = 0
        elif begun:
            lines.append(line)
    assert not begun, f"{page}:{begun}: the block is never closed"


def prose(page: Path) -> list[tuple[int, str]]:
    """Return the numbered lines of a page outside its fenced blocks."""
    inside, lines = False, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            lines.append((number, line))
    return lines


def links(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the targets of a page's links and images."""
    for number, line in prose(page):
        for match in _LINK.finditer(_CODE.sub("code", line)):
            yield number, match[1] or match[2]


def code_spans(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the inline code of a page."""
    for number, line in prose(page):
        for match in _CODE.finditer(line):
            yield number, match[0].strip("`")


def anchors(page: Path) -> set[str]:
    """Return the anchors that a forge makes of a page's headings."""
    found = set()
    for _, line in prose(page):
        if line.startswith("#"):
            text = re.sub(r"&[a-z]+;|[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(text.replace(" ", "-"))
    return found
