"""How values, paths and near misses are named in messages."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from infraops.controlrepo.documents.document import Step

_LONGEST = 60
_MOST = 12


def show(value: Any, written: str | None = None) -> str:
    """Name a value as the user would: `"three"`, `1.10`, `nothing`, `a list`; `written` is its text in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return quote(value)
    return written if written is not None else str(value).lower()


def quote(text: str) -> str:
    """Put a text between quotes on one line, cut where it is long."""
    flat = text.replace("\n", "⏎")
    return f'"{flat if len(flat) <= _LONGEST else flat[:_LONGEST] + "…"}"'


def dotted(path: Sequence[Step]) -> str:
    """Write a path as `parameters.hosts` or `tags[1]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def suggest(word: str, known: Iterable[str], *, none: str = "remove it", otherwise: str | None = None) -> str:
    """Say which known word was probably meant; else `otherwise`, or which there are; `none` where there are none."""
    choices = sorted(known)
    close = get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean {quote(close[0])}?"
    if not choices:
        return none
    return f"known here: {listing(choices)}" if otherwise is None else otherwise


def either(words: Sequence[str]) -> str:
    """Write `a, b or c`."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def listing(words: Iterable[str]) -> str:
    """Write `a, b, c`, cut where there are many."""
    every = list(words)
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(every[:_MOST]) + more
