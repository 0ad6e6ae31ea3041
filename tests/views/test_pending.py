"""When a plan says that something would happen."""

import pytest

from infraops.models.plans.plan import Counts, PlanModel
from infraops.models.runs.run import Outcome, RunResult, StackResult
from infraops.views.plans import total_in_words


def planned(**found: object) -> RunResult:
    stack = StackResult("lab/web", Outcome.UNCHANGED, **found)  # type: ignore[arg-type]
    return RunResult("r", "plan", "lab", Outcome.UNCHANGED, 1.0, (stack,))


def test_hosts_to_configure_are_changes() -> None:
    assert planned(plan=PlanModel(), to_configure=("web-1",)).changes_pending
    assert not planned(plan=PlanModel(), to_configure=()).changes_pending
    assert not planned(proven_by="r0").changes_pending


@pytest.mark.parametrize(
    ("counts", "hosts", "text"),
    [
        (Counts(), 0, "no changes"),
        (Counts(), 1, "no resource changes; 1 host to configure"),
        (Counts(create=2), 0, "2 to add, 0 to change, 0 to destroy"),
        (Counts(create=2), 8, "2 to add, 0 to change, 0 to destroy; 8 hosts to configure"),
    ],
)
def test_the_last_line_of_a_plan_names_them(counts: Counts, hosts: int, text: str) -> None:
    assert total_in_words(counts, hosts) == text
