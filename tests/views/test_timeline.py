"""The timeline of a run: whole at any width, to scale, and only where somebody looks."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from infraops.models.runs.run import Outcome, RunResult, StackResult, StationRecord
from infraops.views.console import Streams
from infraops.views.runs import show_run
from infraops.views.timeline import ROWS, show_timeline


def drawn(result: RunResult, width: int = 80) -> list[str]:
    out = Console(file=StringIO(), width=width, highlight=False, markup=False)
    show_timeline(result, Streams(out, Console(file=StringIO())))
    assert isinstance(out.file, StringIO)
    return out.file.getvalue().splitlines()


def passed(name: str, *stations: tuple[str, float, float], outcome: Outcome = Outcome.DONE) -> StackResult:
    """Make a stack from its stations with their begin and end; the last one ended as the stack did."""
    records = [StationRecord(station, Outcome.DONE, begun, end - begun) for station, begun, end in stations]
    last = records[-1]
    records[-1] = StationRecord(last.station, outcome, last.begun, last.seconds)
    return StackResult(name, outcome, tuple(records))


def run(*stacks: StackResult, seconds: float) -> RunResult:
    return RunResult("20261121-225236-61b5", "apply", "lab", Outcome.DONE, seconds, stacks)


def test_bars_are_to_scale_and_show_where_a_stack_waited() -> None:
    slow = passed("lab/db", ("plan", 0, 10), ("provision", 20, 40), ("configure", 40, 60))
    quick = passed("lab/web", ("plan", 30, 30.01), ("provision", 50, 60), outcome=Outcome.FAILED)
    blank, axis, first, second, legend = drawn(run(slow, quick, seconds=60), width=5 + 60)
    assert blank == ""
    assert axis == f"     0s{' ' * 26}30s{' ' * 24}1m00s"
    assert first == "db   p━━━━━━━━━··········P━━━━━━━━━━━━━━━━━━━C━━━━━━━━━━━━━━━━━━━"
    assert second == "web" + " " * 32 + "p" + "·" * 19 + "P━━━━━━━━!"
    assert legend == "p plan  P provision  C configure  · waiting  ! did not end well"


def test_proven_stacks_and_those_not_reached_have_no_bar() -> None:
    stacks = (
        StackResult("lab/proven", Outcome.UNCHANGED, proven_by="20260101-000000-abcd"),
        StackResult("lab/late", Outcome.NOT_REACHED),
        StackResult("lab/blocked", Outcome.BLOCKED, blocked_by="lab/db"),
    )
    assert drawn(run(*stacks, seconds=9)) == []
    lines = drawn(run(*stacks, passed("lab/db", ("plan", 0, 9)), seconds=9))
    assert [line.split()[0] for line in lines[2:-1]] == ["db"]


def test_of_many_stacks_those_stay_that_took_longest() -> None:
    stacks = [passed(f"lab/s{number:02d}", ("plan", 0, 1 + number % 25)) for number in range(30)]
    *lines, left_out = drawn(run(*stacks, seconds=26))
    rows = [line.split()[0] for line in lines[2:-1]]
    assert len(rows) == ROWS
    assert rows == sorted(rows), "in the order of the run"
    assert not {"s00", "s01", "s02", "s03", "s04", "s25"} & set(rows)
    assert left_out == "the 20 that took longest; without 10 stacks that took less"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 250])
def test_it_fits_and_no_name_is_cut(width: int) -> None:
    names = ("lab/db", "lab/a-rather-long-name-of-a-web-service")
    lines = drawn(run(*(passed(name, ("plan", 0, 1), ("verify", 2, 3)) for name in names), seconds=3), width)
    assert max(map(len, lines)) <= min(width, 100)
    assert {"db", "a-rather-long-name-of-a-web-service"} <= set(" ".join(lines).split())


def test_stacks_of_several_environments_keep_their_whole_names() -> None:
    lines = drawn(run(passed("lab/db", ("plan", 0, 1)), passed("test/db", ("plan", 0, 1)), seconds=1))
    assert [line.split()[0] for line in lines[2:4]] == ["lab/db", "test/db"]


TIMES = st.floats(0, 1000, allow_nan=False)
STATIONS = st.tuples(st.sampled_from(["validate", "plan", "provision", "own", "verify"]), TIMES, TIMES)


@given(
    st.lists(st.lists(STATIONS, min_size=1, max_size=6), max_size=30),
    TIMES,
    st.integers(1, 200),
    st.sampled_from(Outcome),
)
def test_it_can_be_drawn_whatever_the_clock_says(
    stacks: list[list[tuple[str, float, float]]], seconds: float, width: int, outcome: Outcome
) -> None:
    made = [
        passed(f"lab/s{number}", *((name, begun, begun + taken) for name, begun, taken in stations), outcome=outcome)
        for number, stations in enumerate(stacks)
    ]
    lines = drawn(run(*made, seconds=seconds), width)
    if lines and width >= 40:
        assert max(map(len, lines)) <= width
        bars = [line for line in lines[2:] if line.startswith("s")][: min(len(made), ROWS)]
        if outcome in (Outcome.FAILED, Outcome.INTERRUPTED):
            assert all("!" in bar for bar in bars), "what did not end well shows, however short it was"


@pytest.mark.parametrize(
    ("terminal", "quiet", "there"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_only_somebody_at_a_terminal_sees_it(terminal: bool, quiet: bool, there: bool) -> None:
    out = Console(file=StringIO(), width=80, force_terminal=terminal, color_system=None)
    show_run(run(passed("lab/db", ("plan", 0, 9)), seconds=9), Streams(out, Console(file=StringIO()), quiet=quiet))
    assert isinstance(out.file, StringIO)
    text = out.file.getvalue()
    assert ("waiting" in text) is there
    assert "stations: plan 9.0s" in text


def test_without_unicode_it_is_drawn_with_what_there_is() -> None:
    class Plain(StringIO):
        encoding = "ascii"

    out = Console(file=Plain(), width=40, highlight=False, markup=False)
    show_timeline(run(passed("lab/db", ("plan", 0, 4), ("verify", 8, 9)), seconds=9), Streams(out, out))
    assert isinstance(out.file, Plain)
    assert out.file.getvalue().isascii()
