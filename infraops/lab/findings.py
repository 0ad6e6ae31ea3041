"""What a look at the machine brings to light."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, how it stands, and what to do about it."""

    name: str
    level: Level
    text: str
    hint: str = ""
