"""How a stack's end is told: only a failure is called one."""

from io import StringIO

import pytest
from rich.console import Console

from infraops.models.runs.run import Failure, Outcome, RunResult, StackResult
from infraops.views.console import Streams
from infraops.views.runs import show_run


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
