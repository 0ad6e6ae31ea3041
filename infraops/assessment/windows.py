"""When changes may happen: windows that are open, and freezes in which nothing but emergencies happens. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from infraops.errors import InfraOpsError
from infraops.models.files.authority import Freeze, Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DOING = "looking at when changes may happen"
_MACHINES_OWN = ("localtime", "Factory")  # they mean something else on each machine, or nothing


def zone_of(name: str) -> ZoneInfo | None:
    """Return a time zone by its name in the tz database; None where there is none of that name."""
    if name in _MACHINES_OWN:
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # no such name, a path that leads out, a directory of names
        return None


def open_at(window: Window, moment: datetime) -> bool:
    """Whether a window is open at a moment (with a zone of its own).

    What counts is what the clock on the wall shows there: an hour that the clock shows twice is open twice, and one
    that it leaves out is not open. A window that ends on the day after belongs to the day on which it begins.
    """
    shown = moment.astimezone(_zone(window.zone))
    clock, today = f"{shown:%H:%M}", _DAYS[shown.weekday()]
    yesterday = _DAYS[shown.weekday() - 1]
    if window.from_ < window.until:
        return today in window.days and window.from_ <= clock < window.until
    return (today in window.days and window.from_ <= clock) or (yesterday in window.days and clock < window.until)


def frozen_at(freezes: Iterable[Freeze], moment: datetime) -> Freeze | None:
    """Return the freeze that holds at a moment (with a zone of its own): the one that ends last, or None.

    Where a local time comes twice, or not at all, because clocks are put back or forward, the freeze is the longer.
    """
    holding = []
    for freeze in freezes:
        begins, ends = min(_readings(freeze.from_, freeze.zone)), max(_readings(freeze.until, freeze.zone))
        if begins <= moment < ends:
            holding.append((ends, freeze))
    return max(holding, key=lambda found: found[0])[1] if holding else None


def moment_of(local: str) -> datetime | None:
    """Read a local time such as 2026-12-20T00:00; None where the calendar has no such day."""
    try:
        return datetime.fromisoformat(local)
    except ValueError:
        return None


def _readings(local: str, zone: str) -> list[datetime]:
    """Return, in UTC, what a local time may mean: twice the same where there is no doubt."""
    written = moment_of(local)
    if written is None:
        raise InfraOpsError(_DOING, f"there is no day {local}", "write it as 2026-12-20T00:00")
    try:
        return [written.replace(tzinfo=_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    except OverflowError:  # the first or the last day of the calendar
        return [written.replace(tzinfo=UTC)]


def _zone(name: str) -> ZoneInfo:
    zone = zone_of(name)
    if zone is None:
        raise InfraOpsError(_DOING, f'there is no time zone "{name}"', "write one such as Europe/Berlin")
    return zone
