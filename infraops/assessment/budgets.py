"""Budgets of environments and owners, over all stacks that they are for. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial

from infraops.assessment.policy import waived
from infraops.models.files.blueprint import Budget
from infraops.models.files.policy import Policies
from infraops.models.plans.cost import BudgetUse, Cost
from infraops.models.plans.finding import Finding, Severity
from infraops.models.stacks.stack import Environment, Stack

RULE = "over-budget"
HINT = "make something cheaper, or raise the budget"
ENVIRONMENT, OWNER = "environment", "owner"


def uses_of(
    costs: Mapping[str, Cost],
    last_known: Mapping[str, float],
    stacks: Iterable[Stack],
    environment: Environment,
    owners: Mapping[str, Budget],
) -> tuple[BudgetUse, ...]:
    """Say what is used of each budget that a run has to do with.

    `costs` are those of the run's stacks, where they are known; `last_known` what stacks came to when they were last
    changed; `stacks` all of the control repo. A budget that no stack of the run is counted in is left out.
    """
    stacks = tuple(stacks)
    after = {**last_known, **{name: cost.after for name, cost in costs.items() if cost.known}}

    def use(of: str, kind: str, budget: Budget, belongs: Callable[[Stack], bool]) -> BudgetUse:
        mine = [stack.name for stack in stacks if belongs(stack)]
        known = [name for name in mine if name in after]
        dearer = tuple(name for name in mine if name in costs and (costs[name].delta or 0.0) > 0)
        monthly, total = float(budget.monthly_usd), round(sum(after[name] for name in known), 4)
        return BudgetUse(of, kind, monthly, total, len(known), len(mine), dearer)

    found = []
    here, budget = environment.name, environment.file.budget
    if budget is not None:
        found.append(use(here, ENVIRONMENT, budget, lambda stack: stack.environment.name == here))
    mine = sorted({stack.owner for stack in stacks if stack.name in costs} & owners.keys())
    found += [use(name, OWNER, owners[name], partial(_is_owned, by=name)) for name in mine]
    return tuple(found)


def _is_owned(stack: Stack, *, by: str) -> bool:
    return stack.owner == by


def over(uses: Iterable[BudgetUse], policies: Policies, *, today: date) -> tuple[Finding, ...]:
    """Return a finding for each budget that is exceeded, where the run makes something dearer that it is for.

    The rule is `over-budget`, with the severity and the waivers that the control repo gives it; it is waived where
    each stack that gets dearer is let off.
    """
    rule = next((rule for rule in policies.rules if rule.name == RULE), None)
    if rule is None or rule.severity is Severity.OFF:
        return ()
    found = []
    for use in uses:
        if not use.exceeded or not use.dearer:
            continue
        written = rule.written
        finding = Finding(RULE, rule.severity, in_words(use), HINT, written.control, str(rule.place))
        judged = [waived(finding, policies, stack, today) for stack in use.dearer]
        found.append(next((each for each in judged if not each.waived), judged[0]))
    return tuple(found)


def in_words(use: BudgetUse) -> str:
    """Say what is used of a budget, and by how many of its stacks that is known."""
    if not use.known:
        return f"{use.kind} {use.of}: {use.monthly:,.2f} USD a month; of none of its stacks the cost is known"
    share = f", {use.after / use.monthly:.0%}" if use.monthly else ""
    what = f"{use.kind} {use.of}: {use.after:,.2f} of {use.monthly:,.2f} USD a month{share}"
    return f"{what}; the cost of {use.known} of {use.stacks} stacks is known" if use.known < use.stacks else what
