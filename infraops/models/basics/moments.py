"""Moments as people read them: in the time of the machine they sit at, with its zone, as others sit elsewhere."""

from datetime import datetime


def moment_in_words(moment: datetime) -> str:
    """Write a moment to the minute: `2026-03-09 17:30 CET`."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}"
