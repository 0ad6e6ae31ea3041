"""Of which class a change is, by which rule, and who has to say yes to it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from infraops.assessment.authority import ANY_SIGNER, EMERGENCY, in_words
from infraops.assessment.exposure import exposures
from infraops.assessment.expressions import Unusable, context_of, holds
from infraops.assessment.standard import against, rule_of
from infraops.assessment.windows import frozen_at
from infraops.models.changes.change import ChangeClass, Classified, Demand
from infraops.models.files.authority import ApprovalRules, AuthorityRow
from infraops.models.files.environment import ChangeRules
from infraops.models.plans.cost import Cost
from infraops.models.plans.finding import Finding
from infraops.models.plans.plan import PlanModel

Subject = Mapping[str, Any]


def with_change(subject: Subject, plan: PlanModel, *, configures: bool) -> dict[str, Any]:
    """Return the document that policies are evaluated on with a part `change`, as `classify` takes it.

    `configures` says that hosts would be configured, or might be: nobody knows of hosts that do not exist yet.
    """
    return {**subject, "change": {"configures": configures, "exposes": exposures(plan)}}


def classify(
    subject: Subject,
    *,
    rules: ChangeRules,
    now: datetime,
    clean_runs: int,
    findings: Sequence[Finding],
    cost: Cost | None,
    emergency: str = "",
    doubts: Iterable[str] = (),
) -> Classified:
    """Say of which class one stack's change is under the rules of its environment.

    `subject` is what `with_change` returns, `now` has a time zone, `clean_runs` are those of the stack's template in
    the environment since its last failure. `findings` are all that policy has to say, waived ones too. `emergency` is
    the reference of an incident. `doubts` are what else the caller knows that keeps a change from being standard.
    """
    owner = subject["stack"]["owner"]
    frozen = _frozen(rules, now)
    if emergency:
        said = (f"incident {emergency}", *([f"in spite of a freeze: {frozen}"] if frozen else []))
        asked = [] if rules.approval is None else [Demand(EMERGENCY, in_words(rules.approval.emergency, owner=owner))]
        return Classified(ChangeClass.EMERGENCY, said, tuple(asked))
    why_not = [*against(subject, rules, now=now, clean_runs=clean_runs, findings=findings, cost=cost), *doubts]
    if frozen:
        why_not.append(f"frozen: {frozen}")
    if not why_not:
        return Classified(ChangeClass.STANDARD, (rule_of(subject, rules, clean_runs=clean_runs, cost=cost),))
    demands = () if rules.approval is None else tuple(_demands(subject, rules.approval, cost))
    return Classified(ChangeClass.NORMAL, tuple(why_not), demands, frozen)


def _frozen(rules: ChangeRules, now: datetime) -> str:
    freeze = frozen_at(rules.freezes, now)
    return "" if freeze is None else f"{freeze.reason} (until {freeze.until} {freeze.zone})"


def _demands(subject: Subject, approval: ApprovalRules, cost: Cost | None) -> Iterator[Demand]:
    """Yield the rows that hold; where none does, anybody who may sign has to: nothing goes on with nobody's yes."""
    owner = subject["stack"]["owner"]
    document = {**subject, "change": {**subject["change"], "class": ChangeClass.NORMAL.value, "cost": _cost(cost)}}
    none_holds = True
    for row in approval.authorities:
        holding, why = _holds(row, document)
        if holding:
            none_holds = False
            yield Demand(row.name, in_words(row.demand, owner=owner) + why)
    if none_holds:
        yield Demand(ANY_SIGNER, in_words(None, owner=owner))


def _cost(cost: Cost | None) -> dict[str, Any]:
    """Return what rows may say of the cost: a sum that is not known in full is none, so that comparing it fails."""
    delta = None if cost is None or cost.unpriced or cost.stale else cost.delta
    return {"known": False} if delta is None else {"known": True, "delta": float(delta)}


def _holds(row: AuthorityRow, document: Subject) -> tuple[bool, str]:
    """Tell whether a row holds, and why where that cannot be told: what cannot be judged needs a yes."""
    try:
        return holds(row.when, context_of(document)), ""
    except Unusable as error:
        return True, f" (whether the row holds cannot be told: {error})"
