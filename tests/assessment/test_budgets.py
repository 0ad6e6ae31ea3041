"""Budgets of environments and owners: what counts, what is only known from before, and who is to blame."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infraops.assessment.budgets import RULE, in_words, over, uses_of
from infraops.errors import Place
from infraops.models.files.blueprint import Budget
from infraops.models.files.policy import PlacedWaiver, Policies, PolicyRule, Rule, Waiver
from infraops.models.plans.cost import BudgetUse, Cost
from infraops.models.plans.finding import Severity
from infraops.models.stacks.stack import Stack
from tests.render.stacks import make_stack, make_template

TODAY = date(2026, 11, 22)
ENVIRONMENT = {"budget": {"monthly_usd": 100}}


@pytest.fixture
def stacks(tmp_path: Path) -> dict[str, Stack]:
    template = make_template(tmp_path, "")
    elsewhere = {"name": "other", "platform": "lab"}
    made = [make_stack(tmp_path, template, blueprint=name, environment=ENVIRONMENT) for name in ("a", "b", "c")]
    made.append(replace(make_stack(tmp_path, template, blueprint="a", environment=elsewhere)))
    made[2] = replace(made[2], owner="team-other")
    return {stack.name: stack for stack in made}


def uses(stacks: dict[str, Stack], costs: dict[str, Cost], last_known: dict[str, float] | None = None) -> Any:
    owners = {"team-trial": Budget(monthly_usd=50), "team-other": Budget(monthly_usd=5)}
    return uses_of(costs, last_known or {}, stacks.values(), stacks["lab/a"].environment, owners)


def test_a_run_counts_in_its_environment_and_its_owners_budgets(stacks: dict[str, Stack]) -> None:
    here, mine = uses(stacks, {"lab/a": Cost(10, 40, priced=1)}, {"lab/a": 9999, "lab/c": 30, "other/a": 20})
    assert here == BudgetUse("lab", "environment", 100, 70, known=2, stacks=3, dearer=("lab/a",))
    assert mine == BudgetUse("team-trial", "owner", 50, 60, known=2, stacks=3, dearer=("lab/a",))
    assert "the cost of 2 of 3 stacks is known" in in_words(mine)
    assert in_words(mine).startswith("owner team-trial: 60.00 of 50.00 USD a month, 120%")


def test_a_stack_without_any_price_is_not_known_and_not_zero(stacks: dict[str, Stack]) -> None:
    here, _ = uses(stacks, {"lab/a": Cost(unpriced=2, unknown=("disk",))})
    assert (here.after, here.known) == (0, 0)
    assert in_words(here) == "environment lab: 100.00 USD a month; of none of its stacks the cost is known"


def policies(severity: Severity, *waived: str) -> Policies:
    rule = PolicyRule(name=RULE, severity=severity, when="true", message="m", control="c")
    waivers = [Waiver(rule=RULE, stack=stack, owner="cfo", reason="r", expires="2026-12-31") for stack in waived]
    place = Place("policies/a.yaml", 1)
    return Policies((Rule(rule, place, severity),), tuple(PlacedWaiver(each, place) for each in waivers))


USE = BudgetUse("lab", "environment", 100, 120, 2, 2, dearer=("lab/a", "lab/b"))


@pytest.mark.parametrize(
    ("use", "policies", "found"),
    [
        (USE, policies(Severity.WARN), [False]),
        (USE, policies(Severity.DENY), [True]),
        (USE, policies(Severity.OFF), []),
        (USE, Policies(), []),
        (replace(USE, after=100.0), policies(Severity.DENY), []),
        (replace(USE, dearer=()), policies(Severity.DENY), []),
        (USE, policies(Severity.DENY, "lab/a"), [True]),
        (USE, policies(Severity.DENY, "lab/*"), [False]),
    ],
)
def test_who_makes_things_dearer_beyond_a_budget_breaks_the_rule(
    use: BudgetUse, policies: Policies, found: list[bool]
) -> None:
    assert [each.denies for each in over([use], policies, today=TODAY)] == found
