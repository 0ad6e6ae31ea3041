"""The few words and colours that every view shares."""

import re
from collections.abc import Mapping, Sequence

STYLE_OF_OUTCOME: Mapping[str, str] = {
    "done": "green",
    "unchanged": "dim",
    "failed": "bold red",
    "blocked": "yellow",
    "interrupted": "yellow",
    "not approved": "yellow",
    "not reached": "dim",
}
SIGN_OF_ACTION: Mapping[str, tuple[str, str]] = {
    "no-op": ("=", "cyan"),  # shown where something is imported as it is
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "replace": ("±", "red"),
    "delete": ("-", "red"),
    "forget": (".", "dim"),
    "read": ("<", "cyan"),
    "unknown": ("?", "bold red"),
}


# A bidirectional override lets a line read otherwise than it is; other controls end lines or act on terminals.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LAYOUT = "\t\n"


def visible(text: str) -> str:
    """Put a sign in the place of every character that cannot be seen and yet acts on what can; lines stay lines."""
    return UNSEEN.sub(lambda found: found[0] if found[0] in _LAYOUT else "\ufffd", text)


def harmless(document: str) -> str:
    """Write such characters in a JSON text as numbers: whoever looks at it sees them, and programs read the same."""
    return UNSEEN.sub(lambda found: found[0] if found[0] in _LAYOUT else f"\\u{ord(found[0]):04x}", document)


def duration(seconds: float) -> str:
    """Write seconds as a person reads them: 0.4s, 12s, 3m05s."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    if seconds < 60:
        return f"{seconds:.0f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02d}m"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: 1 host, 3 hosts."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def first_of(names: Sequence[str], shown: int) -> str:
    """Name the first few and count the rest: `a, b and 3 more`."""
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{rest}"


def pin_in_words(template: str, usual: str) -> str:
    """Write a stack's template, and where its environment pins a version of its own, the one that its blueprint pins.

    `usual` is empty where it does not.
    """
    return f"{template} (blueprint: {usual.partition('@')[2]})" if usual else template
