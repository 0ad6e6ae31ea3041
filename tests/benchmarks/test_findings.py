"""The arithmetic of the benchmarks, and that a benchmark whose subject fails says so."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.demo import covered, tool_times
from benchmarks.levels import critical_path, tool_seconds
from benchmarks.measuring import CannotMeasure, Finding, Series, carry_out, in_turn, ratio
from benchmarks.report import as_markdown
from infraops.models.ledger.entries import Entry, Payload
from infraops.models.ledger.stations import ChildEnded, ChildStarted, StationEnded, StationStarted
from infraops.models.runs.run import Outcome


def entry(second: float, payload: Payload, stack: str | None = "lab/web") -> Entry:
    return Entry(1, datetime.fromtimestamp(second, UTC), "", "r", stack, payload, "", "")


def test_time_that_overlaps_counts_once() -> None:
    assert covered([(0, 2), (1, 3), (5, 6), (5.5, 5.7)]) == 4.0
    assert covered([]) == 0.0


def test_a_tool_is_at_work_until_its_end_the_next_tool_or_the_end_of_the_station() -> None:
    child = ChildStarted("terraform", 1, 1)
    entries = [
        entry(0, StationStarted("plan")),
        entry(1, child),
        entry(2, ChildEnded("terraform", 1, 0, 1.0)),
        entry(4, child),
        entry(5, child, "lab/db"),
        entry(6, child),
        entry(9, StationEnded("plan", Outcome.DONE, 9)),
        entry(11, StationEnded("plan", Outcome.DONE, 9), "lab/db"),
        entry(12, StationEnded("verify", Outcome.DONE, 9)),
    ]
    assert sorted(tool_times(entries)) == [(1, 2), (4, 6), (5, 11), (6, 9)]


def test_rounds_go_in_turn_and_a_ratio_is_the_median_of_theirs() -> None:
    order: list[str] = []
    times = iter([1.0, 2.0, 9.0, 3.0, 2.0, 2.0])

    def subject(name: str) -> float:
        order.append(name)
        return next(times)

    a, b = in_turn(3, {"a": lambda: subject("a"), "b": lambda: subject("b")})
    assert order == ["a", "b"] * 3
    assert a.seconds == (1.0, 9.0, 2.0) and b.seconds == (2.0, 3.0, 2.0)
    assert ratio(a, b) == 1.0


def test_a_subject_that_fails_is_not_a_fast_one(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match="ended with 3: no stacks"):
        carry_out([sys.executable, "-c", "import sys; sys.exit(print('no stacks') or 3)"], cwd=tmp_path, env={})


def test_the_page_names_aims_that_were_missed() -> None:
    page = as_markdown([Finding("Start-up", "9.0×", "≤ 4×", False, (Series("x", (1.0, 2.0, 6.0)),))])
    assert "| Start-up | 9.0× | ≤ 4× ✗ |" in page
    assert "| x | 2.000 | 1.000 | 6.000 | 3 |" in page


def test_the_longest_chain_counts_what_each_stack_waits_for() -> None:
    graph = {name: frozenset(needs) for name, needs in {"a": "", "b": "a", "c": "a", "d": "bc", "e": ""}.items()}
    seconds = {"a": 1.0, "b": 5.0, "c": 2.0, "d": 1.0, "e": 6.5}
    assert critical_path(graph, seconds) == 7.0
    assert critical_path({}, {}) == 0.0


def test_the_tools_of_a_stack_are_summed_up_apart_from_others() -> None:
    child, end = ChildStarted("terraform", 1, 1), ChildEnded("terraform", 1, 0, 1.0)
    entries = (
        entry(1, child),
        entry(2, child, "lab/db"),
        entry(4, end),
        entry(4, end, "lab/db"),
        entry(6, child),
        entry(7, end),
    )
    assert tool_seconds(entries) == {"lab/web": 4.0, "lab/db": 2.0}
