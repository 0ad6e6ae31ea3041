"""What rules speak of: one stack and its plan as a plain document, in which no sensitive value stands. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from infraops.models.plans.cost import Cost
from infraops.models.plans.plan import Action, PlanModel, ResourceChange
from infraops.models.stacks.stack import Stack, Template

_FIELD = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")
_LOSING = (Action.DELETE, Action.REPLACE, Action.UNKNOWN)


def lost(plan: PlanModel) -> list[str]:
    """Return the addresses of what a plan destroys, replaces, or does something unknown to."""
    return [change.address for change in plan.changes if change.action in _LOSING]


def subject_of(
    stack: Stack, plan: PlanModel, *, today: date, destroy: bool, cost_centers: bool, cost: Cost | None = None
) -> dict[str, Any]:
    """Return the document that rules are evaluated on; docs/policy.md lists what stands in it.

    `today` decides what of a deprecation is in force; `destroy` says that the stack comes to its end, `cost_centers`
    that any stack of the control repo names one.
    """
    counts, template = plan.counts, stack.template
    return {
        "stack": {
            "name": stack.name,
            "blueprint": stack.blueprint,
            "environment": stack.environment.name,
            "platform": stack.environment.platform,
            "owner": stack.owner,
            "cost_center": stack.cost_center or "",
            "runbook": stack.runbook or "",
            "tags": list(stack.tags),
            "protected": stack.protected,
            "file": stack.place.file,
            "template": {
                "name": template.file.name,
                "version": template.file.version,
                "reference": template.reference,
                "built_in": template.built_in,
                "catalog": template.catalog,
                **_deprecation(template, today),
            },
        },
        "environment": {
            "approval": stack.environment.file.change.approval is not None,
            "accounts": list(stack.environment.accounts),
            "unbound": list(stack.environment.unbound),
        },
        "destroy": destroy,
        "deferred": plan.deferred,
        "counts": {
            "create": counts.create,
            "update": counts.update,
            "replace": counts.replace,
            "delete": counts.delete,
            "imports": counts.imports,
            "forget": counts.forget,
        },
        "resources": _resources(plan.changes),
        "drift": _resources(plan.drift),
        "unconfigured": _resources(plan.unconfigured),
        "lost": lost(plan),
        "unknown": [change.address for change in plan.changes if change.action is Action.UNKNOWN],
        "provisioners": [{"address": each.address, "type": each.type} for each in plan.provisioners],
        "external_data": list(plan.external_data),
        "failed_checks": list(plan.failed_checks),
        "repo": {"cost_centers": cost_centers},
        "cost": _cost(cost),
        "budget": _budget(stack, cost),
    }


def _deprecation(template: Template, today: date) -> dict[str, Any]:
    end = template.file.deprecated
    begun = end is not None and end.begun(today)
    return {
        "deprecated": end.in_words(today) if end is not None and begun else "",
        "successor": end.successor or "" if end is not None and begun else "",
        "over": end is not None and end.over(today),
    }


def _cost(cost: Cost | None) -> dict[str, Any]:
    """Return a cost; where no price is known its numbers are 0, and `known` says so."""
    told = cost or Cost()
    return {
        "known": cost is not None and cost.known,
        "before": round(told.before, 2),
        "after": round(told.after, 2),
        "delta": round(told.delta or 0.0, 2),
        "currency": told.currency,
        "priced": told.priced,
        "unpriced": told.unpriced,
        "unknown": list(told.unknown),
        "stale": list(told.stale),
    }


def _budget(stack: Stack, cost: Cost | None) -> dict[str, Any]:
    monthly = None if stack.budget is None else float(stack.budget.monthly_usd)
    exceeded = monthly is not None and cost is not None and cost.known and cost.after > monthly
    return {"given": monthly is not None, "monthly": monthly or 0.0, "exceeded": exceeded}


def _resources(changes: Iterable[ResourceChange]) -> list[dict[str, Any]]:
    return [
        {
            "address": change.address,
            "type": change.type,
            "action": change.action.value,
            "attributes": {
                each.path: each.after
                for each in change.attributes
                if not each.sensitive and not each.unknown_after and each.after is not None
            },
        }
        for change in changes
        if change.action is not Action.NO_OP
    ]


def fill_in(text: str, subject: Mapping[str, Any]) -> str:
    """Put values of the document where a message names them: `{stack.owner}`, `{lost}`."""
    return _FIELD.sub(lambda found: _spell(_at(subject, found[1])), text)


def unknown_fields(text: str, subject: Mapping[str, Any]) -> list[str]:
    """Return the fields that a message names and the document does not have."""
    return [name for name in _FIELD.findall(text) if _at(subject, name) is None]


def _at(subject: Mapping[str, Any], name: str) -> Any:
    value: Any = subject
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _spell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_spell(each) for each in value)
    if isinstance(value, Mapping):
        return str(value.get("address", ""))
    if isinstance(value, float):  # money
        return f"{value:,.2f}"
    return str(value).lower() if isinstance(value, bool) else str(value)
