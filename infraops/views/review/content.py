"""What a review says, before it is written in any format: a verdict, a row a stack, and the detail behind it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from infraops.assessment.policy import sentence
from infraops.models.plan import Action, AttributeChange, Counts, PlanModel, ResourceChange
from infraops.models.results import Prediction
from infraops.models.review import Review, Subject
from infraops.models.run import Failure, RunResult, StackResult
from infraops.views.documents import plain, run_document
from infraops.views.plans import value_text
from infraops.views.words import SIGN_OF_ACTION, count

SHOWN_ALIKE = 3  # resources with the same change that are shown each; the rest are counted
VALUE_WIDTH = 200
TASKS_SHOWN = 20  # of each kind
NAMED = 5  # stacks or hosts that a sentence names; the rest are counted


class Gravity(IntEnum):
    """How much a stack asks of its reviewer."""

    NOTHING = 0
    CONFIGURES = 1
    CHANGES = 2
    LOSES = 3  # something is destroyed, replaced, or nobody knows what would happen to it
    UNJUDGED = 4  # there is no plan


@dataclass(frozen=True)
class Line:
    """One resource: a sign, its address, why, and its attributes before and after."""

    sign: str
    address: str
    why: str = ""
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """All that is said about one stack."""

    subject: Subject
    gravity: Gravity
    counts: Counts
    also: tuple[str, ...]  # what happens beside that
    configures: bool
    fingerprint: str
    changes: tuple[Line, ...] = ()
    drift: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()  # what cannot be predicted, failed checks, warnings
    failure: Failure | None = None
    blocked_by: str = ""


@dataclass(frozen=True)
class Page:
    """The whole review. `parts` are those that something happens to, the gravest first."""

    title: str
    verdict: str
    gravity: Gravity
    made_from: str
    since: str  # what the operator named to compare with
    parts: tuple[Part, ...]
    untouched: str
    asides: tuple[str, ...] = field(default=())


def page_of(review: Review) -> Page:
    """Put together what a review says."""
    result = review.result
    every = [_part(stack, review.subjects[stack.stack]) for stack in result.stacks]
    parts = tuple(sorted((part for part in every if part.gravity), key=lambda p: (-p.gravity, p.subject.stack)))
    gravity = max((part.gravity for part in parts), default=Gravity.NOTHING)
    return Page(
        title=f"{result.environment or review.graph.environment}: what would happen",
        verdict=_verdict(parts, gravity),
        gravity=gravity,
        made_from=_made_from(review),
        since=review.since,
        parts=parts,
        untouched=_untouched(result, len(every) - len(parts)),
        asides=tuple(_asides(result)),
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
        "run": run_document(review.result),
        "graph": plain(review.graph),
    }


def _part(stack: StackResult, subject: Subject) -> Part:
    plan = stack.plan or PlanModel()
    return Part(
        subject=subject,
        gravity=_gravity(stack, plan),
        counts=plan.counts,
        also=tuple(_also(stack, plan)),
        configures=_configures(stack),
        fingerprint=stack.fingerprint,
        changes=tuple(_lines(plan.changes)),
        drift=tuple(_line(change) for change in plan.drift),
        notes=tuple(_notes(stack, plan)),
        failure=stack.failure,
        blocked_by=stack.blocked_by,
    )


def _gravity(stack: StackResult, plan: PlanModel) -> Gravity:
    if stack.failure is not None or stack.blocked_by:
        return Gravity.UNJUDGED
    if plan.counts.destructive:
        return Gravity.LOSES
    if not plan.empty or plan.deferred or plan.failed_checks:
        return Gravity.CHANGES
    return Gravity.CONFIGURES if _configures(stack) or plan.drift else Gravity.NOTHING


def _configures(stack: StackResult) -> bool:
    return stack.plan is not None and stack.to_configure != ()


def _also(stack: StackResult, plan: PlanModel) -> Iterator[str]:
    if plan.counts.imports:
        yield f"imports {plan.counts.imports}"
    if plan.counts.forget:
        yield f"forgets {plan.counts.forget}"
    if plan.state_from:
        yield f"takes over the state of {plan.state_from}"
    warned, waived = (sum(bool(each.waived) is is_so for each in stack.findings) for is_so in (False, True))
    if warned:
        yield count(warned, "policy warning")
    if waived:
        yield f"{waived} waived"
    if _configures(stack):
        known = stack.to_configure
        yield "configures hosts yet to be made" if known is None else f"configures {count(len(known), 'host')}"


def _notes(stack: StackResult, plan: PlanModel) -> Iterator[str]:
    if plan.deferred:
        names = ", ".join(plan.stand_ins)
        yield f"deferred: {names} not real yet; it is planned again, and asks again where that loses anything"
    if stack.to_configure is None and stack.plan is not None:
        yield "configure: not predictable before its hosts exist"
    elif stack.to_configure:
        yield f"configure: {', '.join(stack.to_configure)}"
    if stack.prediction is not None:
        yield from _predicted(stack.prediction)
    yield from (f"policy: {sentence(finding)}" for finding in stack.findings)
    yield from (f"failed check: {name}" for name in plan.failed_checks)
    yield from (f"warning: {warning}" for warning in plan.warnings)
    yield from stack.notes


def _predicted(prediction: Prediction) -> Iterator[str]:
    """Say what Ansible's check mode found, task by task."""
    for tasks, what in (
        (prediction.found.changes, "would change something"),
        (prediction.found.unpredictable, "not predictable, says nothing in check mode"),
        (prediction.found.escapes, "ran just now, even in check mode"),
    ):
        hosts: dict[str, list[str]] = {}
        for host, names in tasks.items():
            for name in dict.fromkeys(names):
                hosts.setdefault(name, []).append(host)
        for name, on in list(hosts.items())[:TASKS_SHOWN]:
            yield f"  task {name}: {what} (on {_named(on)})"
        if len(hosts) > TASKS_SHOWN:
            yield f"  and {count(len(hosts) - TASKS_SHOWN, 'more task')} of which each {what}"
    if prediction.silent:
        yield f"  not reached, or a task failed in check mode: {_named(list(prediction.silent))}"
    if prediction.not_asked:
        yield f"  not asked, as they do not exist yet or will be others: {_named(list(prediction.not_asked))}"


def _lines(changes: Iterable[ResourceChange]) -> Iterator[Line]:
    """Write changes; of many that are alike, the first few and a count."""
    alike: dict[tuple[str, Action], int] = {}
    for change in changes:
        if change.action in (Action.NO_OP, Action.READ) and not (change.reason or change.importing):
            continue
        kind = (change.address.partition("[")[0], change.action)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= SHOWN_ALIKE:
            yield _line(change)
    for (address, action), number in alike.items():
        if number > SHOWN_ALIKE:
            yield Line(_sign(action), f"{address}[…]", f"and {number - SHOWN_ALIKE} more like these")


def _line(change: ResourceChange) -> Line:
    forcing = [attribute.path for attribute in change.attributes if attribute.forces_replacement]
    why = f"{', '.join(forcing)} forces replacement" if forcing else change.reason.replace("_", " ")
    return Line(_sign(change.action), change.address, why, tuple(_attributes(change)))


def _sign(action: Action) -> str:
    return SIGN_OF_ACTION.get(action.value, ("=", ""))[0]


def _attributes(change: ResourceChange) -> Iterator[str]:
    """Write what a resource will have, had, or has another value of; what is only known later is counted."""
    if change.action not in (Action.CREATE, Action.DELETE):
        yield from (f"{each.path}: {_side(each, each.before)} → {_after(each)}" for each in change.attributes)
        return
    creates = change.action is Action.CREATE
    for each in change.attributes:
        value = each.after if creates else each.before
        if each.sensitive or (value is not None and not each.unknown_after):
            yield f"{each.path}: {_side(each, value)}"
    unknown = sum(each.unknown_after for each in change.attributes)
    if unknown:
        yield f"({count(unknown, 'attribute')} known after apply)"


def _after(attribute: AttributeChange) -> str:
    return "(known after apply)" if attribute.unknown_after else _side(attribute, attribute.after)


def _side(attribute: AttributeChange, value: Any) -> str:
    return "(sensitive)" if attribute.sensitive else value_text(value, VALUE_WIDTH)


def _verdict(parts: tuple[Part, ...], gravity: Gravity) -> str:
    """Say in one sentence what matters most."""
    counts = sum((part.counts for part in parts), start=Counts())
    done = [
        f"{number} to {verb}"
        for number, verb in (
            (counts.create, "add"),
            (counts.update, "change"),
            (counts.replace, "replace"),
            (counts.delete, "destroy"),
            (counts.imports, "import"),
            (counts.forget, "forget"),
        )
        if number
    ]
    configured = sum(part.configures for part in parts)
    if configured:
        done.append(f"{count(configured, 'stack')} to configure")
    judged = sum(part.gravity is not Gravity.UNJUDGED for part in parts)
    what = f"{count(judged, 'stack')}: {', '.join(done) or 'outputs change'}."
    match gravity:
        case Gravity.NOTHING:
            return "Nothing would change."
        case Gravity.UNJUDGED:
            unjudged = [part.subject.stack for part in parts if part.gravity is Gravity.UNJUDGED]
            rest = f" Of the others, {what}" if done else ""
            return f"Cannot be judged: {_named(unjudged)} could not be planned.{rest}"
        case Gravity.LOSES:
            losing = [part.subject.stack for part in parts if part.gravity is Gravity.LOSES]
            return f"Destroys or replaces {count(counts.destructive, 'resource')} of {_named(losing)}. {what}"
        case _:
            return f"{what} Nothing is destroyed."


def _named(stacks: list[str]) -> str:
    more = f" and {len(stacks) - NAMED} more" if len(stacks) > NAMED else ""
    return ", ".join(stacks[:NAMED]) + more


def _untouched(result: RunResult, number: int) -> str:
    if not number:
        return ""
    proven = sum(bool(stack.proven_by) for stack in result.stacks)
    by = f", {proven} of them proven up to date by the ledger and not looked at" if proven else ""
    return f"Nothing happens to {count(number, 'other stack')}{by}."


def _asides(result: RunResult) -> Iterator[str]:
    for stack in result.stacks:
        if _gravity(stack, stack.plan or PlanModel()) is Gravity.NOTHING:
            yield from (f"Policy: {stack.stack}: {sentence(finding)}." for finding in stack.findings)
    if result.orphans:
        yield f"Deployed without a blueprint: {_named(list(result.orphans))} (infraops destroy --orphans removes it)."


def _made_from(review: Review) -> str:
    names = {"embedded": "embedded Terraform"}
    versions = ", ".join(f"{names.get(name, name)} {version}" for name, version in review.versions.items())
    words = [f"run {review.result.run}", versions]
    if review.git is not None:
        words.insert(0, f"commit {review.git.commit[:12]}" + (" with uncommitted changes" if review.git.dirty else ""))
    return ", ".join(words)
