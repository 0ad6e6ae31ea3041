"""Live progress in windows of all widths: what it is about is never shortened, and nothing is left behind."""

import re
from io import StringIO

import pytest
from rich.console import Console

from infraops.models.runs.events import Event, Progress, Said, StationEnded, StationStarted
from infraops.views.console import Streams
from infraops.views.progress import LiveTable, PlainLines, ProgressView, progress_view
from infraops.views.words import duration

STACKS = ("lab/fleet", "lab/shop-storefront-frontend", "lab/shop-db")
TASK = "TASK [common : Install the packages that each of the hosts of this environment needs] app-01, app-02, app-03"


def console(width: int, height: int = 24) -> Console:
    return Console(file=StringIO(), width=width, height=height, force_terminal=True, highlight=False, markup=False)


def shown(view: ProgressView) -> str:
    file = view._console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def rows(view: LiveTable) -> list[str]:
    plain = Console(file=StringIO(), width=view._console.width, highlight=False, markup=False)
    plain.print(view._render())
    assert isinstance(plain.file, StringIO)
    return plain.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [50, 60, 80, 120])
@pytest.mark.parametrize("text", ["", TASK], ids=["nothing to say", "a long task"])
def test_only_what_a_stack_is_doing_is_cut(width: int, text: str) -> None:
    view = LiveTable(console(width))
    for stack in STACKS:
        view(StationStarted(stack, "configure"))
        view(Progress(stack, "configure", text))
    view(StationEnded(STACKS[0], "configure", "done", 65.0))
    *lines, last = rows(view)
    assert [line.split()[1:3] for line in lines] == [[stack, "configure"] for stack in STACKS]
    assert [line.split()[3] for line in lines] == [duration(65.0), "0.0s", "0.0s"]
    assert [line.index("configure") for line in lines] == [len(max(STACKS, key=len)) + 3] * 3, "columns do not jump"
    assert max(map(len, lines)) <= width
    assert last == "", "where the terminal writes ^C"
    if text:
        assert all(line.endswith("…") for line in lines[1:])


def test_a_name_is_shortened_only_where_the_window_has_no_room_for_it() -> None:
    view = LiveTable(console(40))
    view(StationStarted("production/a-name-that-is-longer-than-the-window", "provision"))
    (line, _) = rows(view)
    assert len(line) <= 40
    assert re.search(r"production/\S+… provision +0\.0s$", line)


def test_what_concerns_the_whole_run_is_no_stack() -> None:
    view = LiveTable(console(80))
    view(Said("infraops", "", "interrupted", important=True))
    assert rows(view) == [""]
    assert "infraops: interrupted" in shown(view)


def test_rows_stay_within_a_low_window() -> None:
    view = LiveTable(console(80, height=10))
    for number in range(30):
        view(StationStarted(f"lab/s{number:02d}", "plan"))
    view(StationEnded("lab/s00", "plan", "done", 1.0))
    lines = rows(view)
    assert len(lines) < 10
    assert "1 stacks waiting or done" in lines


EVENTS: tuple[Event, ...] = (
    Said("lab/fleet", "plan", "a note", important=True),
    StationEnded("lab/fleet", "plan", "done", 1.0),
)


@pytest.mark.parametrize("kind", ["live", "plain", "quiet"])
def test_lines_wait_for_the_end_of_a_question(kind: str) -> None:
    on = console(80)
    views: dict[str, ProgressView] = {
        "live": LiveTable(on),
        "plain": PlainLines(on, verbose=False),
        "quiet": ProgressView(on),
    }
    view = views[kind]
    with view:
        with view.paused():
            before = shown(view)
            for event in EVENTS:
                view(event)
            assert shown(view) == before
        assert "lab/fleet: a note" in shown(view)


def test_a_terminal_that_cannot_redraw_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    streams = Streams(console(80), console(80))
    assert isinstance(progress_view(streams), PlainLines)
