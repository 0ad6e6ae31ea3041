"""Points in time and lengths of it, in nanoseconds as OPA has them. Pure."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from infraops.assessment.rego.fitting import as_text
from infraops.assessment.rego.patterns import Unfit

_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_LENGTH = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[-+]\d\d:\d\d)", re.ASCII)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds_in(text: Any) -> int:
    """Read a length such as 1h30m."""
    size = as_text(text).lstrip("+-") if len(as_text(text)) > 1 else text
    parts = _LENGTH.findall(size)
    if size != "0" and (not parts or "".join(number + unit for number, unit in parts) != size):
        raise Unfit(f'"{text}" is no length of time')
    total = int(sum(Fraction(number) * _UNITS[unit] for number, unit in parts))
    return -total if text.startswith("-") else total


def nanoseconds_at(text: Any) -> int:
    """Read a point in time such as 2026-01-31T12:00:00Z."""
    found = _MOMENT.fullmatch(as_text(text))
    if found is None:
        raise Unfit(f'"{text}" is no point in time')
    whole = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00")) - _START
    return whole // timedelta(seconds=1) * 10**9 + int((found[2] or "0").ljust(9, "0")[:9])
