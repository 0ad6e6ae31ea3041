"""When a plan says that something would happen."""

from io import StringIO

import pytest
from rich.console import Console

from infraops.models.plans.plan import Action, AttributeChange, Counts, PlanModel, ResourceChange
from infraops.models.runs.results import Drift
from infraops.models.runs.run import Outcome, RunResult, StackResult
from infraops.stations.drift import describe as drift_in_words
from infraops.views.console import Streams
from infraops.views.documents import run_document
from infraops.views.plans import show_drift, show_plan, total_in_words


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


def test_what_nothing_configures_is_counted_and_is_no_change() -> None:
    attributes = tuple(AttributeChange(path) for path in ("ingress[0].cidr", "ingress[1].cidr", "arn"))
    spared = ResourceChange("module.service.group.host", "group", Action.UPDATE, attributes=attributes)
    looked = planned(drift=Drift(unconfigured=(spared, spared)), plan=PlanModel(unconfigured=(spared,)))
    found = planned(plan=PlanModel(unconfigured=(spared,)), to_configure=())
    assert not found.changes_pending and not looked.drifted
    assert (run_document(found)["unconfigured"], run_document(looked)["unconfigured"]) == (1, 2)
    out = StringIO()
    streams = Streams(Console(file=out, width=200), Console(file=out, width=200))
    show_plan(found, streams)
    show_drift(looked, streams)
    told, words = out.getvalue(), "1 resource changed outside where nothing configures it"
    assert f"{words}, which --json lists: module.service.group.host (ingress, arn)" in told
    assert f"Plan: no changes; {words}." in told
    assert "Drift: 0 of 1 stack; 2 resources changed outside where nothing configures them." in told
    assert drift_in_words(Drift(unconfigured=(spared,))) == f"as it was applied; {words}"
    show_plan(planned(plan=PlanModel(), to_configure=()), streams)
    assert out.getvalue().rstrip().endswith("Plan: no changes.")


def test_why_a_resource_is_made_anew_is_told_in_words() -> None:
    forced = AttributeChange("triggers.port", 1, 2, forces_replacement=True)
    reason = "replace_because_cannot_update"
    changes = (
        ResourceChange("a.forced", "a", Action.REPLACE, reason, attributes=(forced,)),
        ResourceChange("b.tainted", "b", Action.REPLACE, "replace_because_tainted"),
    )
    out = StringIO()
    show_plan(
        planned(plan=PlanModel(changes), to_configure=()), Streams(Console(file=out, width=80), Console(file=out))
    )
    lines = out.getvalue().splitlines()
    assert "  ± a.forced  (triggers.port forces replacement)" in lines
    assert "  ± b.tainted  (replace because tainted)" in lines
