"""The first sentence of a review: what matters most of all that would happen."""

from collections.abc import Sequence

from infraops.errors import Exit
from infraops.models.plans.plan import Counts, PlanModel
from infraops.models.runs.run import RunResult, StackResult
from infraops.views.review.lines import named
from infraops.views.review.page import Gravity, Part
from infraops.views.words import count


def gravity_of(stack: StackResult) -> Gravity:
    """Say how much a stack asks of its reviewer."""
    plan = stack.plan or PlanModel()
    if stack.failure is not None:
        return Gravity.DENIED if stack.failure.exit_code == Exit.DENIED else Gravity.UNJUDGED
    if stack.blocked_by:
        return Gravity.UNJUDGED
    if plan.counts.destructive:
        return Gravity.LOSES
    if not plan.empty or plan.deferred or plan.failed_checks:
        return Gravity.CHANGES
    return Gravity.CONFIGURES if configures(stack) or plan.drift else Gravity.NOTHING


def configures(stack: StackResult) -> bool:
    """Whether hosts would be configured, or may be."""
    return stack.plan is not None and stack.to_configure != ()


def verdict_of(result: RunResult, parts: Sequence[Part]) -> tuple[str, Gravity]:
    """Return the sentence, and the gravity of the whole."""
    gravity = max((part.gravity for part in parts), default=Gravity.NOTHING)
    judged = [part for part in parts if part.gravity < Gravity.UNJUDGED]
    counts = sum((part.counts for part in judged), start=Counts())
    what = f"{count(len(judged), 'stack')}: {_done(judged, counts)}."
    if result.failure is not None:
        return f"Denied: {result.failure.problem}. {what}", Gravity.DENIED
    rest = f" Of the others, {what}" if judged else ""
    match gravity:
        case Gravity.NOTHING:
            return "Nothing would change.", gravity
        case Gravity.DENIED:
            return f"Denied: a rule forbids the plan of {_those(parts, gravity)}.{rest}", gravity
        case Gravity.UNJUDGED:
            return f"Cannot be judged: {_those(parts, gravity)} could not be planned.{rest}", gravity
        case Gravity.LOSES:
            lost = count(counts.destructive, "resource")
            return f"Destroys or replaces {lost} of {_those(parts, gravity)}. {what}", gravity
        case _:
            return f"{what} Nothing is destroyed.", gravity


def _done(parts: Sequence[Part], counts: Counts) -> str:
    numbers = (
        (counts.create, "add"),
        (counts.update, "change"),
        (counts.replace, "replace"),
        (counts.delete, "destroy"),
        (counts.imports, "import"),
        (counts.forget, "forget"),
    )
    done = [f"{number} to {verb}" for number, verb in numbers if number]
    for noun, verb, number in (
        ("state", "move", sum(part.moves for part in parts)),
        ("stack", "configure", sum(part.configures for part in parts)),
    ):
        if number:
            done.append(f"{count(number, noun)} to {verb}")
    return ", ".join(done) or "outputs change"


def _those(parts: Sequence[Part], gravity: Gravity) -> str:
    return named([part.subject.stack for part in parts if part.gravity is gravity])
