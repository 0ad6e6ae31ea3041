# ruff: noqa: E501 - reasons stand here as the reader reads them
"""Risk: a level that always comes with its reasons, and reasons with their numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.assessment.risk import expected_rate, risk_of
from infraops.models.changes.risk import Level, PastChange, Risk
from infraops.models.plans.plan import Action, PlanModel, ResourceChange
from infraops.models.stacks.stack import Stack
from tests.render.stacks import make_stack, make_template


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return make_stack(tmp_path, make_template(tmp_path, ""))


def plan(*actions: Action, **more: Any) -> PlanModel:
    return PlanModel(tuple(ResourceChange(f"disk.{at}", "disk", action) for at, action in enumerate(actions)), **more)


def past(failed: int, well: int, *, template: str = "trial@1.0", stack: str = "lab/app", action: str = "create") -> Any:
    return tuple(PastChange("r", stack, template, {action: 1}, at >= failed) for at in range(failed + well))


def weigh(stack: Stack, plan: PlanModel, *, hosts: tuple[str, ...] | None = (), **more: Any) -> Risk:
    found = risk_of(stack, plan, hosts, more.get("past", ()), more.get("needed_by", {}))
    assert found is not None
    return found


def test_where_nothing_happens_there_is_no_risk(stack: Stack) -> None:
    assert risk_of(stack, PlanModel(), (), past(9, 0), {}) is None


@pytest.mark.parametrize(
    ("planned", "hosts", "level", "reason"),
    [
        (plan(Action.CREATE), (), Level.LOW, "resources made: 1, undone by destroying them"),
        (plan(Action.UPDATE), (), Level.LOW, "resources updated: 1, undone by applying what was there before"),
        (plan(Action.DELETE, Action.REPLACE), (), Level.MEDIUM, "resources destroyed or replaced: 2, which cannot be undone"),
        (plan(Action.FORGET), (), Level.MEDIUM, "resources let go of: 1, undone only by adopting them"),
        (plan(Action.UNKNOWN), (), Level.HIGH, "this version of infraops does not know what would happen to disk.0"),
        (plan(stand_ins=("subnet",)), (), Level.MEDIUM, "planned with stand-ins for subnet: what would happen is not known in full"),
        (plan(Action.CREATE, failed_checks=("a", "b")), (), Level.MEDIUM, "checks of the module that fail: 2"),
        (plan(Action.UPDATE, drift=(ResourceChange("disk.0", "disk", Action.UPDATE),)), (), Level.MEDIUM, "resources changed outside infraops: 1"),
        (plan(), ("a", "b"), Level.LOW, "hosts to configure: 2"),
        (plan(), tuple(map(str, range(10))), Level.MEDIUM, "hosts to configure: 10"),
        (plan(Action.CREATE), None, Level.LOW, "hosts to configure: not known before they exist"),
    ],
)  # fmt: skip
def test_what_a_change_does_decides(
    stack: Stack, planned: PlanModel, hosts: tuple[str, ...] | None, level: Level, reason: str
) -> None:
    found = weigh(stack, planned, hosts=hosts)
    assert found.level is level
    assert reason in found.reasons
    assert "template trial@1.0: no change on record" in found.reasons


def test_what_holds_data_is_lost_at_high_risk(stack: Stack, tmp_path: Path) -> None:
    holding = replace(stack, template=make_template(tmp_path, "", protected=True), allow_destroy=True)
    found = weigh(holding, plan(Action.REPLACE))
    assert (found.level, found.reversible) == (Level.HIGH, False)
    assert found.reasons[0].endswith("; its template holds data")


@pytest.mark.parametrize(
    ("history", "level", "reason"),
    [
        (past(0, 40), Level.LOW, "template trial@1.0: 0 of 40 changes failed, 2% to be expected"),
        (past(1, 0), Level.MEDIUM, "template trial@1.0: 1 of 1 changes failed, 18% to be expected"),
        (past(1, 20), Level.LOW, "create: 1 of 21 changes failed, 6% to be expected"),
        (past(5, 5), Level.HIGH, "template trial@1.0: 5 of 10 changes failed, 30% to be expected"),
        (past(9, 0, template="other@1.0", action="update"), Level.HIGH, "environment lab: 9 of 9 changes failed, 53% to be expected"),
        (past(9, 0, template="other@1.0", stack="far/app"), Level.HIGH, "create: 9 of 9 changes failed, 53% to be expected"),
        (past(9, 0, template="other@1.0", stack="labour/app", action="update"), Level.LOW, "environment lab: no change on record"),
    ],
)  # fmt: skip
def test_the_record_decides(stack: Stack, history: tuple[PastChange, ...], level: Level, reason: str) -> None:
    found = weigh(stack, plan(Action.CREATE), past=history)
    assert found.level is level
    assert reason in found.reasons


def test_changes_of_which_nobody_knows_the_end_do_not_count(stack: Stack) -> None:
    unknown = tuple(replace(each, good=None) for each in past(9, 0))
    assert weigh(stack, plan(Action.CREATE), past=unknown).rates[0].changes == 0


def test_who_needs_a_stack_counts_where_something_of_it_is_touched(stack: Stack) -> None:
    chain = {f"lab/{at}": [f"lab/{at + 1}"] for at in range(9)} | {"lab/app": ["lab/0", "lab/x"]}
    made, touched = (weigh(stack, plan(action), needed_by=chain) for action in (Action.CREATE, Action.UPDATE))
    assert (made.needed_by, made.needed_by_in_all) == (touched.needed_by, touched.needed_by_in_all) == (2, 11)
    assert (made.level, touched.level) == (Level.LOW, Level.HIGH)
    assert touched.reasons[0] == "stacks that need it: 2, 11 in all"
    assert weigh(stack, plan(Action.UPDATE), needed_by={"lab/app": ["lab/x"]}).level is Level.MEDIUM


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_rate_lies_between_what_was_assumed_and_what_was_seen(failed: int, well: int) -> None:
    changes = failed + well
    rate = expected_rate(failed, changes)
    seen = failed / changes if changes else 0.1
    assert min(seen, 0.1) <= rate <= max(seen, 0.1)
    assert expected_rate(failed + 1, changes + 1) > rate > expected_rate(failed, changes + 1)
