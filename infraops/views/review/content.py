"""A review put together from a run: a verdict, a row a stack, and the detail behind it."""

from collections.abc import Iterator
from typing import Any

from infraops.assessment.policy import sentence
from infraops.models.plans.plan import PlanModel, unconfigured_in_words
from infraops.models.reports.review import Review, Subject
from infraops.models.runs.run import RunResult, StackResult
from infraops.views.costs import UNKNOWN, budget_lines, cost_cell, cost_in_words, is_worth_a_line
from infraops.views.documents import plain, run_document
from infraops.views.plans import spared_in_words
from infraops.views.review.lines import line_of, lines_of, named, predicted
from infraops.views.review.page import Gravity, Page, Part
from infraops.views.review.verdict import configures, gravity_of, verdict_of
from infraops.views.words import count, first_of, pin_in_words

_NAMED = 3  # resources that a line beside the table names


def page_of(review: Review) -> Page:
    """Put together what a review says."""
    result = review.result
    every = [_part(stack, review.subjects[stack.stack]) for stack in result.stacks]
    parts = tuple(sorted((part for part in every if part.gravity), key=lambda p: (-p.gravity, p.subject.stack)))
    verdict, gravity = verdict_of(result, parts)
    return Page(
        title=f"{result.environment or review.graph.environment}: what would happen",
        verdict=verdict,
        gravity=gravity,
        made_from=_made_from(review),
        since=review.since,
        parts=parts,
        untouched=_untouched(result, len(every) - len(parts)),
        approve=f"infraops approve {review.change.id}" if review.change is not None else "",
        asides=(*_no_approval_counts(review), *_asides(result)),
    )


def review_document(review: Review) -> dict[str, Any]:
    """Return a review as a document's content: the verdict, the run with its plans, the graph."""
    page = page_of(review)
    return {
        "verdict": page.verdict,
        "gravity": page.gravity.name.lower(),
        "since": review.since or None,
        "git": plain(review.git),
        "versions": plain(review.versions),
        "subjects": plain(review.subjects),
        "change": plain(review.change),
        "run": run_document(review.result),
        "graph": plain(review.graph),
    }


def _part(stack: StackResult, subject: Subject) -> Part:
    plan = stack.plan or PlanModel()
    return Part(
        subject=subject,
        gravity=gravity_of(stack),
        counts=plan.counts,
        also=tuple(_also(stack, plan)),
        configures=configures(stack),
        moves=bool(plan.state_from),
        fingerprint=stack.fingerprint,
        changes=tuple(lines_of(plan.changes)),
        drift=tuple(line_of(change) for change in plan.drift),
        notes=tuple(_notes(stack, plan)),
        change_class=stack.classified.change_class.value if stack.classified is not None else "",
        who=_who(stack),
        cost=_cost(stack),
        risk=UNKNOWN if stack.risk is None else stack.risk.level.value,
        failure=stack.failure,
        blocked_by=stack.blocked_by,
    )


def _who(stack: StackResult) -> str:
    """Say who has to say yes to a stack's change: nobody where a rule did beforehand."""
    classified = stack.classified
    if classified is None or stack.change is None:
        return ""
    if classified.frozen:
        return "nobody can: frozen"
    return "; ".join(dict.fromkeys(demand.who for demand in classified.demands)) or "nobody"


def _also(stack: StackResult, plan: PlanModel) -> Iterator[str]:
    if plan.counts.imports:
        yield f"imports {plan.counts.imports}"
    if plan.counts.forget:
        yield f"forgets {plan.counts.forget}"
    if plan.unconfigured:
        yield unconfigured_in_words(len(plan.unconfigured))
    if plan.state_from:
        yield f"takes over the state of {plan.state_from}"
    warned, waived = (sum(bool(each.waived) is is_so for each in stack.findings) for is_so in (False, True))
    if warned:
        yield count(warned, "policy warning")
    if waived:
        yield f"{waived} waived"
    if configures(stack):
        known = stack.to_configure
        yield "configures hosts yet to be made" if known is None else f"configures {count(len(known), 'host')}"


def _cost(stack: StackResult) -> str:
    """Write what a month costs more; where nothing happens to resources that is nothing, whatever they cost."""
    untouched = stack.cost is None and stack.plan is not None and stack.plan.settled
    return "0" if untouched else cost_cell(stack.cost)


def _notes(stack: StackResult, plan: PlanModel) -> Iterator[str]:
    if stack.classified is not None and stack.change is not None:
        yield f"{stack.classified.change_class.value} change: {'; '.join(stack.classified.reasons)}"
        yield from (f"needs {demand.row}: {demand.who}" for demand in stack.classified.demands)
    if plan.deferred:
        names = ", ".join(plan.stand_ins)
        yield f"deferred: {names} not real yet; it is planned again, and asks again where that loses anything"
    if stack.to_configure is None and stack.plan is not None:
        yield "configure: not predictable before its hosts exist"
    elif stack.to_configure:
        yield f"configure: {', '.join(stack.to_configure)}"
    if stack.prediction is not None:
        yield from predicted(stack.prediction)
    if stack.risk is not None:
        yield f"risk: {stack.risk.level.value}"
        yield from (f"  {reason}" for reason in stack.risk.reasons)
    if stack.cost is not None and (stack.cost.unpriced or is_worth_a_line(stack.cost)):
        yield f"cost: {cost_in_words(stack.cost)}"
    yield from (f"policy: {sentence(finding)}" for finding in stack.findings)
    yield from (f"failed check: {name}" for name in plan.failed_checks)
    if plan.unconfigured:
        names = ", ".join(map(spared_in_words, plan.unconfigured))
        yield f"{unconfigured_in_words(len(plan.unconfigured))}: {names}"
    yield from (f"warning: {warning}" for warning in plan.warnings)
    if stack.pinned_apart_from:
        yield f"template: {pin_in_words(stack.template, stack.pinned_apart_from)}"
    yield from stack.notes


def _untouched(result: RunResult, number: int) -> str:
    if not number:
        return ""
    proven = sum(bool(stack.proven_by) for stack in result.stacks)
    of_them = "" if proven == number else f"{proven} of them "
    by = f", {of_them}proven up to date by the ledger and not looked at" if proven else ""
    noun = "stack" if number == len(result.stacks) else "other stack"
    return f"Nothing happens to {count(number, noun)}{by}."


def _no_approval_counts(review: Review) -> Iterator[str]:
    if review.strangers:
        who = named(list(review.strangers))
        yield f"No approval counts yet: change.people does not say who {who} is, who wrote it."


def _asides(result: RunResult) -> Iterator[str]:
    if result.unconfigured:
        spared = [change for stack in result.stacks if stack.plan is not None for change in stack.plan.unconfigured]
        names = first_of([spared_in_words(change) for change in spared], _NAMED)
        yield f"{unconfigured_in_words(len(spared))}: {names}."
    freezes = (stack.classified.frozen for stack in result.stacks if stack.classified is not None and stack.change)
    yield from (
        f"Frozen: {why}. Nothing but an emergency is carried out before." for why in dict.fromkeys(freezes) if why
    )
    if result.cost is not None and (result.cost.unpriced or is_worth_a_line(result.cost)):
        unseen = sum(stack.cost is None and stack.plan is None and not stack.proven_by for stack in result.stacks)
        blind = f"; of {count(unseen, 'stack')} nothing is known" if unseen else ""
        yield f"Cost: {cost_in_words(result.cost)}{blind}."
    yield from budget_lines(result)
    for stack in result.stacks:
        if gravity_of(stack) is Gravity.NOTHING:
            yield from (f"Policy: {stack.stack}: {sentence(finding)}." for finding in stack.findings)
    if result.orphans:
        ways = "moved_from in a blueprint takes it over, infraops destroy --orphans removes it"
        yield f"Deployed without a blueprint: {named(list(result.orphans))} ({ways})."


def _made_from(review: Review) -> str:
    names = {"embedded": "embedded Terraform"}
    versions = ", ".join(f"{names.get(name, name)} {version}" for name, version in review.versions.items())
    words = [f"run {review.result.run}", versions]
    if review.git is not None:
        files = count(review.git.files_changed, "file") if review.git.files_changed else "files"
        words.insert(
            0, f"commit {review.git.commit[:12]}" + (f" with {files} not committed" if review.git.dirty else "")
        )
    return ", ".join(words)
