# ruff: noqa: E501 - one case a line
"""Of which class a change is: all that keeps it from being standard, who is asked then, freezes and emergencies."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.assessment.authority import ANY_SIGNER, EMERGENCY
from infraops.assessment.classes import classify, with_change
from infraops.assessment.samples import CHANGE_SAMPLES, SAMPLES
from infraops.models.changes.change import ChangeClass, Classified, Demand
from infraops.models.files.authority import ApprovalRules, AuthorityRow, Freeze, StandardRules, Window
from infraops.models.files.environment import ChangeRules
from infraops.models.plans.cost import Cost
from infraops.models.plans.finding import Finding, Severity
from infraops.models.plans.plan import Action, PlanModel, ResourceChange

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
OFFICE = {"office": Window(days=("mon",), from_="09:00", until="17:00")}
YEAR_END = Freeze(from_="2026-11-20T00:00", until="2027-01-04T06:00", zone="Europe/Berlin", reason="the year ends")
ANYBODY = (Demand(ANY_SIGNER, "one person who may sign and wrote nothing of it"),)
FREE = Cost(priced=2)


def plan(*actions: str) -> PlanModel:
    return PlanModel(tuple(ResourceChange(f"disk.{word}", "disk", Action(word)) for word in actions))


def subject(*actions: str, configures: bool = False, **changes: Any) -> dict[str, Any]:
    document = deepcopy(SAMPLES[0])
    document["resources"] = [
        {"address": f"disk.{word}", "type": "disk", "action": word, "attributes": {}} for word in actions
    ]
    document["lost"] = [f"disk.{word}" for word in actions if word in ("delete", "replace", "unknown")]
    document["unknown"] = [f"disk.{word}" for word in actions if word == "unknown"]
    return with_change({**document, **changes}, plan(*actions), configures=configures)


def rules(standard: StandardRules | None = StandardRules(), **others: Any) -> ChangeRules:  # noqa: B008 - frozen
    return ChangeRules(**{"approval": ApprovalRules(), "standard": standard, "windows": OFFICE, **others})


def found(document: dict[str, Any], under: ChangeRules | None = None, **others: Any) -> Classified:
    asked = {"now": NOON, "clean_runs": 3, "findings": (), "cost": FREE, **others}
    return classify(document, rules=under or rules(), **asked)


def test_a_change_that_all_holds_of_is_standard_and_says_by_which_rule() -> None:
    under = rules(StandardRules(templates=("hello@*", "web-*@1.*"), window="office", max_cost_delta=10))
    outcome = found(subject("create", "update", "read", configures=True), under, cost=Cost(10, 12.5, priced=3))
    said = (
        "change.standard of production: web-service@1.0 by web-*@1.*, create, update, configure, +2.50 USD a month, "
        "3 clean runs, in window office"
    )
    assert outcome == Classified(ChangeClass.STANDARD, (said,))


def template(**changes: Any) -> dict[str, Any]:
    document = subject("create")
    document["stack"]["template"].update(changes)
    return document


def exposing() -> dict[str, Any]:
    return with_change(subject("update"), PlanModel(changed_outputs=("endpoints",)), configures=False)


def finding(waived: str = "", severity: Severity = Severity.WARN) -> Finding:
    return Finding("a-rule", severity, "no", "", "", "", waived=waived)


def counting(imports: int) -> dict[str, Any]:
    document = subject()
    document["counts"]["imports"] = imports
    return document


NOT_STANDARD: list[tuple[Callable[[], Classified], str]] = [
    (lambda: found(subject("create"), rules(None)), "no change is standard in production"),
    (lambda: found(subject("create"), rules(StandardRules(templates=("web@*", "db@*")))), "template web-service@1.0 is not among web@*, db@*"),
    (lambda: found(subject("create"), rules(StandardRules(templates=()))), "template web-service@1.0 is not among none"),
    (lambda: found(template(version="0.9.1", reference="web-service@0.9.1")), "template web-service@0.9.1 is not released, as its version is below 1.0"),
    (lambda: found(template(deprecated="use 2.0")), "template web-service@1.0 is deprecated"),
    (lambda: found(subject("delete")), "destroys disk.delete"),
    (lambda: found(subject("replace")), "replaces disk.replace"),
    (lambda: found(subject("forget")), "lets go of disk.forget"),
    (lambda: found(subject("unknown")), "nobody knows what would happen to disk.unknown"),
    (lambda: found(subject(destroy=True)), "the stack comes to its end"),
    (lambda: found(counting(imports=1)), "import is not among create, update, configure"),
    (lambda: found(subject(configures=True), rules(StandardRules(actions=("create",)))), "configure is not among create"),
    (lambda: found(subject("update"), rules(StandardRules(actions=()))), "update is not among none"),
    (lambda: found(exposing()), "opens or closes ways in: output endpoints"),
    (lambda: found(subject("create"), cost=None), "what it costs is not known"),
    (lambda: found(subject("create"), cost=Cost(0, 0, priced=1, unpriced=1, unknown=("disk",))), "no price is known of disk"),
    (lambda: found(subject("create"), cost=Cost(unpriced=2)), "no price is known of 2 resources"),
    (lambda: found(subject("create"), cost=Cost(0, 0, priced=1, stale=("disk",))), "prices are out of date: disk"),
    (lambda: found(subject("create"), cost=Cost(10, 10.01, "EUR", priced=1)), "+0.01 EUR a month, at most 0.00"),
    (lambda: found(subject("create"), cost=Cost(0, float("nan"), priced=1)), "+nan USD a month, at most 0.00"),
    (lambda: found(subject("create"), findings=(finding(),)), "policy: a-rule is broken"),
    (lambda: found(subject("create"), findings=(finding("by us", Severity.DENY),)), "policy: a-rule is waived"),
    (lambda: found(subject("create", drift=subject("update")["resources"])), "drift of disk.update"),
    (lambda: found(subject("create", failed_checks=["check.a"])), "failed checks: check.a"),
    (lambda: found(subject("create", deferred=True)), "planned with stand-ins"),
    (lambda: found(subject("create"), clean_runs=1), "1 clean run of at least 3"),
    (lambda: found(subject("create"), rules(StandardRules(window="office")), now=NOON.replace(hour=17)), "outside window office"),
    (lambda: found(subject("create"), rules(StandardRules(window="night"))), "there is no window night"),
    (lambda: found(subject("create"), doubts=["its files are not as on main"]), "its files are not as on main"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), NOT_STANDARD, ids=[reason for _, reason in NOT_STANDARD])
def test_one_thing_that_does_not_hold_is_enough(make: Callable[[], Classified], reason: str) -> None:
    assert make() == Classified(ChangeClass.NORMAL, (reason,), ANYBODY)


def test_every_reason_is_told() -> None:
    outcome = found(subject("delete", "unknown", destroy=True, deferred=True), clean_runs=0, cost=None)
    assert len(outcome.reasons) == 6
    assert len(found(subject(*["delete"] * 9)).reasons[0]) < 80


def test_where_nothing_happens_to_resources_nobody_asks_for_prices() -> None:
    assert found(subject(configures=True), cost=None).change_class is ChangeClass.STANDARD
    unpriced = Cost(unpriced=7)
    assert found(subject("read", configures=True), cost=unpriced).change_class is ChangeClass.STANDARD


@given(
    st.lists(st.sampled_from([each.value for each in Action if each is not Action.NO_OP]), max_size=4),
    st.booleans(),
    st.sampled_from([None, FREE, Cost(0, 5, priced=1), Cost(priced=1, unpriced=1)]),
    st.integers(0, 5),
    st.booleans(),
)
def test_what_loses_or_is_not_known_is_never_standard(
    actions: list[str], configures: bool, cost: Cost | None, clean_runs: int, deferred: bool
) -> None:
    document = subject(*actions, configures=configures, deferred=deferred)
    outcome = found(document, cost=cost, clean_runs=clean_runs)
    if outcome.change_class is ChangeClass.STANDARD:
        assert not {"delete", "replace", "forget", "unknown"}.intersection(actions)
        assert not deferred
        assert clean_runs >= 3
        assert cost == FREE or not {"create", "update"}.intersection(actions)
        assert outcome.demands == ()
    else:
        assert outcome.reasons
        assert outcome.demands


def table(*rows: tuple[str, str]) -> ChangeRules:
    return rules(None, approval=ApprovalRules(authorities=tuple(
        AuthorityRow(name=name, when=when, demand="owner") for name, when in rows
    )))  # fmt: skip


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("true", True),
        ("false", False),
        ("size(lost) > 0", True),
        ("stack.environment == 'staging'", False),
        ("change.class == 'normal'", True),
        ("change.configures", False),
        ("size(change.exposes) > 0", False),
        ("change.cost.known && change.cost.delta > 100", False),
        ("change.cost.delta < 100", True),
        # what cannot be judged needs a yes
        ("resources[7].type == 'x'", True),
        ("stack.owner", True),
        ("stack.nope == 'x'", True),
        ("((", True),
    ],
)
def test_rows_that_hold_demand_a_yes(when: str, holds: bool) -> None:
    outcome = found(subject("delete"), table(("a-row", when)))
    assert [demand.row for demand in outcome.demands] == (["a-row"] if holds else [ANY_SIGNER])


@pytest.mark.parametrize("cost", [None, Cost(0, 5, priced=1, unpriced=1), Cost(0, 5, priced=1, stale=("a",))])
@pytest.mark.parametrize("when", ["change.cost.delta > 100", "change.cost.delta <= 100"])
def test_a_cost_that_is_not_known_in_full_is_not_compared(when: str, cost: Cost | None) -> None:
    (demand,) = found(subject("create"), table(("dear", when)), cost=cost).demands
    assert demand.row == "dear"
    assert demand.who == 'one of team-web (whether the row holds cannot be told: there is no "delta")'


def test_every_row_that_holds_is_named_in_its_order() -> None:
    outcome = found(subject("delete"), table(("first", "true"), ("second", "false"), ("third", "stack.nope")))
    assert [demand.row for demand in outcome.demands] == ["first", "third"]


def test_a_document_that_no_expression_can_be_asked_of_needs_every_yes() -> None:
    outcome = found(subject("delete", failed_checks=["\ud800"]), table(("first", "false"), ("second", "true")))
    assert [demand.row for demand in outcome.demands] == ["first", "second"]


def test_a_freeze_is_told_and_lets_nothing_be_standard() -> None:
    outcome = found(subject("create"), rules(freezes=(YEAR_END,)))
    why = "the year ends (until 2027-01-04T06:00 Europe/Berlin)"
    assert outcome == Classified(ChangeClass.NORMAL, (f"frozen: {why}",), ANYBODY, frozen=why)
    thawed = found(subject("create"), rules(freezes=(YEAR_END,)), now=datetime(2027, 1, 4, 5, tzinfo=UTC))
    assert thawed.change_class is ChangeClass.STANDARD


def test_an_emergency_needs_one_yes_of_its_own_and_no_freeze_stops_it() -> None:
    outcome = found(subject("delete"), rules(freezes=(YEAR_END,)), emergency="INC-7")
    assert outcome.change_class is ChangeClass.EMERGENCY
    assert outcome.frozen == ""
    assert outcome.reasons[0] == "incident INC-7"
    assert "the year ends" in outcome.reasons[1]
    assert outcome.demands == (Demand(EMERGENCY, ANYBODY[0].who),)
    on_call = rules(approval=ApprovalRules(emergency="owner", authorities=(AuthorityRow(name="a", demand="owner"),)))
    assert found(subject("create"), on_call, emergency="INC-7").demands == (Demand(EMERGENCY, "one of team-web"),)


@pytest.mark.parametrize("emergency", ["", "INC-7"])
def test_where_no_approval_is_demanded_nobody_is_asked_and_freezes_hold_all_the_same(emergency: str) -> None:
    outcome = found(subject("create"), ChangeRules(freezes=(YEAR_END,)), emergency=emergency)
    assert outcome.demands == ()
    assert bool(outcome.frozen) is not bool(emergency)


def test_the_samples_have_the_form_of_what_rows_are_evaluated_on() -> None:
    made = with_change(SAMPLES[0], PlanModel(), configures=False)
    for sample in CHANGE_SAMPLES:
        assert {**sample["change"], **made["change"]}.keys() == {"class", "configures", "exposes", "cost"}
        assert type(sample["change"]["configures"]) is type(made["change"]["configures"])
        assert type(sample["change"]["exposes"]) is type(made["change"]["exposes"])
