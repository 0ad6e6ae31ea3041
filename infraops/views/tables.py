"""Tables of names, addresses and ids that are pasted elsewhere: whatever the window's width, no cell is ever cut."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from infraops.views.console import Streams

_GAP = 2
_INDENT = 4
_NARROWEST = 24  # columns below which a sentence beside the others is no longer read, but spelt


@dataclass(frozen=True)
class Row:
    """One row: a cell a column, and what stands in the last column, item by item."""

    cells: tuple[str | Text, ...]
    items: tuple[str, ...] = ()


def show_rows(
    titles: Sequence[str], rows: Sequence[Row], streams: Streams, *, spare: Sequence[str] = (), sentences: bool = False
) -> None:
    """Print rows under titles; a title more than a row has cells names the column of the rows' items.

    Where the window is too narrow, items go below their row, one a line; then the columns `spare` go, the first
    first; what still does not fit runs beyond the window's edge. Items that are `sentences` are broken between words,
    never inside one.
    """
    if not rows:
        return
    room = streams.out.width
    kept = list(range(len(rows[0].cells)))
    last = titles[len(kept)] if len(titles) > len(kept) else ""
    widths = [max(Text(titles[index]).cell_len, *(_text(row.cells[index]).cell_len for row in rows)) for index in kept]
    longest = max([len(last), *(Text(" ".join(row.items)).cell_len for row in rows)])
    used = sum(widths) + _GAP * len(widths)
    beside = bool(last) and used + (min(longest, _NARROWEST) if sentences else longest) <= room
    if not beside:
        for title in spare:
            if sum(widths[index] + _GAP for index in kept) - _GAP > room:
                kept.remove(titles.index(title))
    used = sum(widths[index] + _GAP for index in kept)

    def line(cells: Sequence[str | Text]) -> Text:
        padded = Text()
        for index in kept:
            cell = _text(cells[index])
            padded.append_text(cell).append(" " * (widths[index] + _GAP - cell.cell_len))
        return padded

    head = line([Text(title, style="dim") for title in titles])
    _print(head.append(last, style="dim") if beside else head, streams)
    for row in rows:
        items = list(row.items)
        if sentences:
            width = max(_NARROWEST, room - (used if beside else _INDENT))
            items = [piece for item in items for text in item.splitlines() for piece in _pieces(text, width)]
        elif beside:
            items = [" ".join(items)]
        begun = line(row.cells)
        if beside and items:
            begun.append(items.pop(0))
        _print(begun, streams)
        for item in items:
            _print(Text(" " * (used if beside else _INDENT) + item), streams)


def side_by_side(items: Iterable[Text], width: int) -> Text:
    """Put items into lines of at most `width` columns; one that has no room any more begins the next line, whole."""
    lines, used = Text(), 0
    for item in items:
        if used:
            fits = used + _GAP + item.cell_len <= width
            lines.append(" " * _GAP if fits else "\n")
            used = used + _GAP if fits else 0
        lines.append_text(item)
        used += item.cell_len
    return lines


def _pieces(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _text(cell: str | Text) -> Text:
    return cell.copy() if isinstance(cell, Text) else Text(cell)


def _print(line: Text, streams: Streams) -> None:
    line.rstrip()
    streams.out.print(line, soft_wrap=True)
