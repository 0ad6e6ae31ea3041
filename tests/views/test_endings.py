"""How a stack's end is told: only a failure is called one."""

from io import StringIO

import pytest
from rich.console import Console

from infraops.models.runs.run import Failure, Outcome, RunResult, StackResult, StationRecord
from infraops.views.console import Streams
from infraops.views.runs import show_run
from infraops.views.words import duration


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome.FAILED, "local/web failed at provision: applying local/web: why"),
        (Outcome.INTERRUPTED, "local/web was interrupted at provision: applying local/web: why"),
        (Outcome.NOT_APPROVED, "local/web was not approved: why"),
    ],
)
def test_an_end_is_called_what_it_is(outcome: Outcome, told: str) -> None:
    out, err = StringIO(), StringIO()
    stack = StackResult("local/web", outcome, failure=Failure("provision", "applying local/web", "why", "do that"))
    result = RunResult("20260101-000000-0000", "apply", "local", outcome, 2.0, (stack,), acting=True, waited=30.0)
    show_run(result, Streams(Console(file=out, width=80), Console(file=err, width=80)))
    assert err.getvalue().splitlines() == [told, "  hint: do that"]
    assert f"apply {outcome} in 2.0s" in out.getvalue()


@pytest.mark.parametrize("width", [24, 40, 60, 80, 120])
def test_the_line_of_stations_is_broken_between_stations(width: int) -> None:
    spent = {
        "validate": 0.1,
        "render": 0.2,
        "plan": 12.0,
        "assess": 0.1,
        "provision": 3.0,
        "configure": 36.0,
        "verify": 1,
    }
    records = tuple(StationRecord(name, Outcome.DONE, 0.0, seconds) for name, seconds in spent.items())
    result = RunResult(
        "20260101-000000-0000", "apply", "local", Outcome.DONE, 60.0, (StackResult("a/b", Outcome.DONE, records),)
    )
    out = StringIO()
    show_run(result, Streams(Console(file=out, width=width), Console(file=StringIO(), width=width)))
    told = out.getvalue()
    lines = told[told.index("stations: ") : told.index("apply done")].splitlines()
    spans = [span for line in lines for span in line.removeprefix("stations: ").split("  ")]
    assert spans == [f"{name} {duration(seconds)}" for name, seconds in spent.items()]
    assert max(map(len, lines)) <= width
