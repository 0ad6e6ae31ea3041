"""Windows and freezes by the clock on the wall, also on the days on which clocks are put forward and back."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from infraops.assessment.windows import frozen_at, open_at, zone_of
from infraops.errors import InfraOpsError
from infraops.models.files.authority import Freeze, Window

BERLIN = "Europe/Berlin"  # 2026: forward on 29 March at 02:00, back on 25 October at 03:00
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("UTC", BERLIN, "America/Havana", "Atlantic/Azores", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")

clocks = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
locals_ = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)).map(lambda at: f"{at:%Y-%m-%dT%H:%M}")
moments = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)


def window(text: str, days: str = " ".join(DAYS), zone: str = BERLIN) -> Window:
    begins, ends = text.split("-")
    return Window(days=tuple(days.split()), from_=begins, until=ends, zone=zone)


def freeze(begins: str, ends: str, zone: str = BERLIN, reason: str = "the year ends") -> Freeze:
    return Freeze(from_=begins, until=ends, zone=zone, reason=reason)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_window", "moment", "opened"),
    [
        # Monday, 23 November 2026; Berlin is an hour ahead of UTC
        (window("09:00-17:00", "mon"), "2026-11-23T08:00", True),
        (window("09:00-17:00", "mon"), "2026-11-23T07:59:59.999999", False),
        (window("09:00-17:00", "mon"), "2026-11-23T15:59:59", True),
        (window("09:00-17:00", "mon"), "2026-11-23T16:00", False),
        (window("09:00-17:00", "tue"), "2026-11-23T08:00", False),
        # across midnight: it belongs to the day on which it begins
        (window("22:00-04:00", "mon"), "2026-11-23T21:00", True),
        (window("22:00-04:00", "mon"), "2026-11-24T02:59", True),
        (window("22:00-04:00", "mon"), "2026-11-24T03:00", False),
        (window("22:00-04:00", "mon"), "2026-11-23T02:00", False),
        (window("22:00-04:00", "sun"), "2026-11-23T02:00", True),
        (window("22:00-00:00", "mon"), "2026-11-23T22:59", True),
        (window("22:00-00:00", "mon"), "2026-11-23T23:00", False),
        (window("00:00-00:00", "mon"), "2026-11-22T23:00", True),
        (window("00:00-00:00", "mon"), "2026-11-23T23:00", False),
        (window("08:00-08:00", "mon"), "2026-11-24T06:59", True),
        # 29 March: there is no 02:30
        (window("02:15-02:45"), "2026-03-29T01:30", False),
        (window("02:15-02:45"), "2026-03-29T00:30", False),
        (window("02:30-03:15"), "2026-03-29T00:59", False),
        (window("02:30-03:15"), "2026-03-29T01:00", True),
        # 25 October: 02:30 comes twice
        (window("02:15-02:45"), "2026-10-25T00:30", True),
        (window("02:15-02:45"), "2026-10-25T01:30", True),
        (window("02:15-02:45"), "2026-10-25T01:00", False),
    ],
)
def test_a_window_is_open_while_the_clock_on_the_wall_says_so(given_window: Window, moment: str, opened: bool) -> None:
    assert open_at(given_window, utc(moment)) is opened


@given(moments, zones)
def test_all_day_and_every_day_is_always(moment: datetime, zone: str) -> None:
    assert open_at(Window(zone=zone), moment)


@given(moments, zones, clocks, clocks)
def test_two_windows_that_share_a_day_between_them_leave_no_gap_and_do_not_overlap(
    moment: datetime, zone: str, begins: str, ends: str
) -> None:
    assume(begins != ends)
    both = (window(f"{begins}-{ends}", zone=zone), window(f"{ends}-{begins}", zone=zone))
    assert sum(open_at(each, moment) for each in both) == 1


@given(moments, zones, clocks, clocks, st.sampled_from(DAYS))
def test_a_window_is_the_same_for_whoever_looks(moment: datetime, zone: str, begins: str, ends: str, day: str) -> None:
    there = window(f"{begins}-{ends}", day, zone)
    assert open_at(there, moment) is open_at(there, moment.astimezone(ZoneInfo("Asia/Tokyo")))
    assert not open_at(there, moment) or open_at(window(f"{begins}-{ends}", zone=zone), moment)


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "frozen"),
    [
        ("2026-12-20T00:00", "2027-01-04T06:00", "2026-12-19T22:59:59", False),
        ("2026-12-20T00:00", "2027-01-04T06:00", "2026-12-19T23:00", True),
        ("2026-12-20T00:00", "2027-01-04T06:00", "2027-01-04T04:59:59", True),
        ("2026-12-20T00:00", "2027-01-04T06:00", "2027-01-04T05:00", False),
        # 02:30 comes twice: it begins with the first, and ends with the second
        ("2026-10-25T02:30", "2026-10-25T05:00", "2026-10-25T00:30", True),
        ("2026-10-24T00:00", "2026-10-25T02:30", "2026-10-25T01:29", True),
        ("2026-10-24T00:00", "2026-10-25T02:30", "2026-10-25T01:30", False),
        # 02:30 does not come
        ("2026-03-29T02:30", "2026-03-29T05:00", "2026-03-29T01:00", True),
        ("2026-03-28T00:00", "2026-03-29T02:30", "2026-03-29T01:15", True),
        ("2026-03-28T00:00", "2026-03-29T02:30", "2026-03-29T01:30", False),
    ],
)
def test_a_freeze_is_rather_too_long_than_too_short(begins: str, ends: str, moment: str, frozen: bool) -> None:
    there = freeze(begins, ends)
    assert frozen_at([there], utc(moment)) is (there if frozen else None)


@given(locals_, locals_, zones, moments)
def test_a_freeze_holds_at_every_moment_at_which_the_clock_is_within_it(
    begins: str, ends: str, zone: str, moment: datetime
) -> None:
    assume(begins < ends)
    clock = f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    found = frozen_at([freeze(begins, ends, zone)], moment)
    if begins <= clock < ends:
        assert found is not None
    beyond = timedelta(days=1, hours=1)  # Apia left out a whole day
    at = datetime.fromisoformat(clock)
    if not datetime.fromisoformat(begins) - beyond <= at <= datetime.fromisoformat(ends) + beyond:
        assert found is None


def test_of_several_freezes_the_one_that_ends_last_is_named() -> None:
    short = freeze("2026-12-20T00:00", "2026-12-27T00:00", reason="short")
    long = freeze("2026-12-24T00:00", "2027-01-04T00:00", reason="long")
    assert frozen_at([long, short], utc("2026-12-25T00:00")) is long
    assert frozen_at([short, long], utc("2026-12-21T00:00")) is short
    assert frozen_at([], utc("2026-12-21T00:00")) is None


def test_a_freeze_may_go_on_to_the_end_of_time() -> None:
    there = freeze("0001-01-01T00:00", "9999-12-31T23:59", zone="Asia/Tokyo")
    assert frozen_at([there], utc("2026-12-21T00:00")) is there
    there = freeze("0001-01-01T00:00", "9999-12-31T23:59", zone="America/New_York")
    assert frozen_at([there], utc("2026-12-21T00:00")) is there


NO_ZONES = [
    "",
    "Europe",
    "Europe/Berln",
    "../../etc/passwd",
    "/etc/localtime",
    "localtime",
    "Factory",
    "a\0b",
    "x" * 300,
]


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_is_no_zone_is_no_zone_on_any_machine(name: str) -> None:
    assert zone_of(name) is None
    with pytest.raises(InfraOpsError, match="there is no time zone"):
        open_at(Window(zone=name), utc("2026-12-21T00:00"))


def test_a_day_that_does_not_exist_is_told_and_no_bug() -> None:
    with pytest.raises(InfraOpsError, match="there is no day 2026-02-30T00:00"):
        frozen_at([freeze("2026-02-30T00:00", "2026-03-01T00:00")], utc("2026-12-21T00:00"))


def test_a_machine_without_a_tz_database_knows_the_zones_too() -> None:
    program = "from infraops.assessment.windows import zone_of; print(zone_of('Europe/Berlin'))"
    bare = {**os.environ, "PYTHONTZPATH": ""}
    told = subprocess.run([sys.executable, "-c", program], env=bare, capture_output=True, text=True, check=True)
    assert told.stdout == "Europe/Berlin\n"
