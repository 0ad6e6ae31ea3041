"""The end of a template's version: since when it is deprecated, until when it may be used, what follows it."""

from datetime import date
from typing import Annotated

from pydantic import Field

from infraops.models.basics.base import FileModel
from infraops.models.basics.versions import TEMPLATE_REFERENCE

DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

Day = Annotated[str, Field(pattern=DATE_PATTERN)]


def is_day(text: str) -> bool:
    """Whether there is such a day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class Deprecation(FileModel):
    """`deprecated` of a template as written; the dates are days, `until` the last on which it may be used."""

    since: Day
    until: Day | None = None
    successor: Annotated[str, Field(pattern=TEMPLATE_REFERENCE)] | None = None
    reason: str = ""

    def begun(self, today: date) -> bool:
        """Whether it is deprecated by now."""
        return date.fromisoformat(self.since) <= today

    def over(self, today: date) -> bool:
        """Whether the last day on which it may be used has passed."""
        return self.until is not None and date.fromisoformat(self.until) < today

    def in_words(self, today: date) -> str:
        """Say it in a line: `since 2026-01-01, not to be used after 2026-06-30, use web-service@2.0: the reason`."""
        begun = "since" if self.begun(today) else "from"
        until = f"not to be used after {self.until}" if self.until else ""
        successor = f"use {self.successor}" if self.successor else ""
        words = ", ".join(word for word in (f"{begun} {self.since}", until, successor) if word)
        return f"{words}: {self.reason}" if self.reason else words
