"""Durations as users write them: a number and a unit."""

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")


def parse_duration(text: str) -> float:
    """Return seconds: `500ms`, `30s`, `5m`, `2h`, `1d`. Raises ValueError where the text is none of these."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a number and a unit: 500ms, 30s, 5m, 2h")
    return float(match[1]) * _UNITS[match[2]]
