"""What keeps a change from being standard, which is to say authorised beforehand by a rule. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from infraops.assessment.windows import open_at
from infraops.models.files.authority import StandardRules
from infraops.models.files.environment import ChangeRules
from infraops.models.plans.cost import Cost
from infraops.models.plans.finding import Finding

Subject = Mapping[str, Any]
_LOSING = {"replace": "replaces", "delete": "destroys", "forget": "lets go of"}
_SHOWN = 3  # addresses that a reason names


def against(
    subject: Subject,
    rules: ChangeRules,
    *,
    now: datetime,
    clean_runs: int,
    findings: Sequence[Finding],
    cost: Cost | None,
) -> Iterator[str]:
    """Yield every reason why a change is not standard; none where it is."""
    standard = rules.standard
    if standard is None:
        yield f"no change is standard in {subject['stack']['environment']}"
        return
    yield from _template(subject["stack"]["template"], standard)
    yield from _actions(subject, standard)
    yield from _unclear(subject)
    yield from _cost(subject, standard, cost)
    for finding in findings:
        yield f"policy: {finding.rule} is {'waived' if finding.waived else 'broken'}"
    if clean_runs < standard.clean_runs:
        yield f"{clean_runs} clean run{'s' if clean_runs != 1 else ''} of at least {standard.clean_runs}"
    if standard.window is not None:
        window = rules.windows.get(standard.window)
        if window is None:
            yield f"there is no window {standard.window}"
        elif not open_at(window, now):
            yield f"outside window {standard.window}"


def rule_of(subject: Subject, rules: ChangeRules, *, clean_runs: int, cost: Cost | None) -> str:
    """Say by which rule a change is standard, and what it was held to."""
    standard, stack = rules.standard, subject["stack"]
    assert standard is not None
    reference = stack["template"]["reference"]
    pattern = next(each for each in standard.templates if fnmatchcase(reference, each))
    spent = f"{cost.delta:+.2f} {cost.currency} a month, " if cost is not None and _acts(subject) else ""
    window = f", in window {standard.window}" if standard.window is not None else ""
    actions = ", ".join(_done(subject)) or "nothing but outputs"
    return (
        f"change.standard of {stack['environment']}: {reference} by {pattern}, {actions}, {spent}"
        f"{clean_runs} clean run{'s' if clean_runs != 1 else ''}{window}"
    )


def _template(template: Mapping[str, Any], standard: StandardRules) -> Iterator[str]:
    reference = template["reference"]
    if not any(fnmatchcase(reference, pattern) for pattern in standard.templates):
        yield f"template {reference} is not among {', '.join(standard.templates) or 'none'}"
    if int(template["version"].partition(".")[0]) < 1:
        yield f"template {reference} is not released, as its version is below 1.0"
    if template["deprecated"]:
        yield f"template {reference} is deprecated"


def _actions(subject: Subject, standard: StandardRules) -> Iterator[str]:
    if subject["destroy"]:
        yield "the stack comes to its end"
    by_action: dict[str, list[str]] = {}
    for resource in subject["resources"]:
        by_action.setdefault(resource["action"], []).append(resource["address"])
    for action, words in _LOSING.items():
        if action in by_action:
            yield f"{words} {_some(by_action[action])}"
    if subject["unknown"]:
        yield f"nobody knows what would happen to {_some(subject['unknown'])}"
    for action in _done(subject):
        if action not in standard.actions:
            yield f"{action} is not among {', '.join(standard.actions) or 'none'}"
    if subject["change"]["exposes"]:
        yield f"opens or closes ways in: {_some(subject['change']['exposes'])}"


def _done(subject: Subject) -> list[str]:
    """Name the actions of a change that may be standard."""
    actions = {resource["action"] for resource in subject["resources"]}
    done = [action for action in ("create", "update") if action in actions]
    done += ["import"] if subject["counts"]["imports"] else []
    return [*done, *(["configure"] if subject["change"]["configures"] else [])]


def _acts(subject: Subject) -> bool:
    """Whether anything happens to resources; configuring hosts costs nothing."""
    return any(resource["action"] != "read" for resource in subject["resources"]) or bool(subject["counts"]["imports"])


def _unclear(subject: Subject) -> Iterator[str]:
    """Yield what says that the plan is not all that there is."""
    if subject["deferred"]:
        yield "planned with stand-ins"
    if subject["drift"]:
        yield f"drift of {_some([resource['address'] for resource in subject['drift']])}"
    if subject["failed_checks"]:
        yield f"failed checks: {_some(subject['failed_checks'])}"


def _cost(subject: Subject, standard: StandardRules, cost: Cost | None) -> Iterator[str]:
    """Yield what is wrong with the cost: too much of it, or not known in full. What costs nothing has a price: zero."""
    if not _acts(subject):
        return
    if cost is None:
        yield "what it costs is not known"
        return
    if cost.unpriced:
        yield f"no price is known of {_some(cost.unknown) or f'{cost.unpriced} resources'}"
    if cost.stale:
        yield f"prices are out of date: {_some(cost.stale)}"
    if cost.delta is None:
        return
    if not cost.delta <= standard.max_cost_delta:  # a sum that is no number is not within limits either
        yield f"{cost.delta:+.2f} {cost.currency} a month, at most {standard.max_cost_delta:.2f}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
