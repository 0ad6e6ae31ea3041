"""The chain itself, without a database: its written form, and that no change to it goes unseen."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.ledger.chain import LIMITS, NOTHING, Row, next_row, read_at, verify, why_not_held
from infraops.models.ledger.answers import Head

AT = datetime(2026, 1, 31, 23, 59, 59, 1, tzinfo=UTC)


def chain_of(length: int) -> list[Row]:
    rows: list[Row] = []
    head = NOTHING
    for number in range(length):
        stack = None if number % 3 == 0 else "lab/web"
        rows.append(next_row(head, at=AT, kind="k", run=f"r{number}", stack=stack, payload=f'{{"n":{number}}}'))
        head = Head(rows[-1].seq, rows[-1].hash)
    return rows


def test_the_form_is_the_documented_one() -> None:
    row = next_row(Head(41, "a" * 64), at=AT, kind="drift_found", run="r", stack="lab/wäb", payload='{"a":"\\u00e9"}')
    text = (
        '["infraops/ledger/v1",42,"2026-01-31T23:59:59.000001Z","drift_found","r","lab/w\\u00e4b",'
        '"{\\"a\\":\\"\\\\u00e9\\"}","' + "a" * 64 + '"]'
    )
    assert row.hash == hashlib.sha256(text.encode("ascii")).hexdigest()
    assert json.loads(text)[1] == row.seq


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_times_keep_their_microsecond_and_sort_as_text(at: datetime) -> None:
    try:
        expected = at.astimezone(UTC)
    except OverflowError:
        return
    row = next_row(NOTHING, at=at, kind="k", run="r", stack=None, payload="{}")
    assert len(row.at) == 27
    assert read_at(row.at) == expected


def test_a_clock_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next_row(NOTHING, at=datetime(2026, 1, 1), kind="k", run="r", stack=None, payload="{}")


def test_an_untouched_chain_is_sound_and_says_what_it_cannot_prove() -> None:
    rows = chain_of(5)
    found = verify(rows)
    assert (found.ok, found.entries, found.first_bad, found.why) == (True, 5, None, "")
    assert found.head == Head(5, rows[-1].hash)
    assert found.limits == LIMITS
    assert "cut off" in LIMITS and "anew" in LIMITS


def test_an_empty_chain_is_sound() -> None:
    found = verify([])
    assert found.ok and found.entries == 0 and found.head == NOTHING


CHANGES = st.sampled_from(
    [
        {"at": "2026-01-31T23:59:59.000002Z"},
        {"kind": "other"},
        {"run": "other"},
        {"stack": "other"},
        {"payload": '{"n":-1}'},
        {"payload": b"bytes"},
        {"previous": "b" * 64},
        {"hash": "b" * 64},
        {"seq": 77},
        {"seq": 0},
    ]
)


@given(st.integers(1, 8).flatmap(lambda length: st.tuples(st.just(length), st.integers(0, length - 1))), CHANGES)
def test_any_change_to_any_entry_is_found(where: tuple[int, int], change: dict[str, object]) -> None:
    length, index = where
    rows = chain_of(length)
    rows[index] = replace(rows[index], **change)  # type: ignore[arg-type]
    found = verify(sorted(rows, key=lambda row: row.seq))
    assert not found.ok
    assert found.first_bad is not None and found.first_bad <= index + 2
    assert found.why


@given(st.integers(2, 8).flatmap(lambda length: st.tuples(st.just(length), st.integers(0, length - 2))))
def test_any_entry_missing_before_the_last_is_found(where: tuple[int, int]) -> None:
    length, index = where
    rows = chain_of(length)
    del rows[index]
    found = verify(rows)
    assert (found.ok, found.first_bad, found.why) == (False, index + 1, f"entry {index + 1} is missing")


def test_removing_an_entry_and_closing_the_gap_is_found() -> None:
    rows = chain_of(4)
    closed = [rows[0], replace(rows[2], seq=2), replace(rows[3], seq=3)]
    found = verify(closed)
    assert (found.ok, found.first_bad) == (False, 2)
    assert "does not follow entry 1" in found.why


def test_a_cut_tail_is_found_with_a_head_that_was_kept_and_only_with_it() -> None:
    rows = chain_of(6)
    kept = Head(6, rows[-1].hash)
    assert verify(rows[:4]).ok
    found = verify(rows[:4], kept=kept)
    assert (found.ok, found.first_bad, found.anchored) == (False, 5, kept)
    assert "cut off" in found.why
    assert verify(rows, kept=kept).ok


def test_one_entry_tells_whether_a_whole_chain_holds_a_head_that_was_kept() -> None:
    rows = chain_of(5)
    end, kept = Head(5, rows[4].hash), Head(3, rows[2].hash)
    assert why_not_held(kept, rows[2], end) == ""
    assert "written anew" in why_not_held(kept, replace(rows[2], hash="0" * 64), end)
    assert "ends at entry 2" in why_not_held(kept, None, Head(2, rows[1].hash))


def test_a_chain_written_anew_is_found_with_a_head_that_was_kept_and_only_with_it() -> None:
    kept = Head(3, chain_of(6)[2].hash)
    forged: list[Row] = []
    head = NOTHING
    for number in range(6):
        forged.append(next_row(head, at=AT, kind="k", run="forged", stack=None, payload=f'{{"n":{number}}}'))
        head = Head(forged[-1].seq, forged[-1].hash)
    assert verify(forged).ok
    found = verify(forged, kept=kept)
    assert (found.ok, found.first_bad) == (False, 3)
    assert "anew" in found.why
