"""How risky a change is, by the record, by what it reaches, and by whether it can be undone. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from infraops.models.basics.edges import reachable
from infraops.models.changes.risk import Level, PastChange, Rate, Risk
from infraops.models.plans.plan import Action, Counts, PlanModel
from infraops.models.stacks.stack import Stack

PRIOR_FAILED, PRIOR_CHANGES = 1, 10  # changes that are assumed before there are any on record
MEDIUM_RATE, HIGH_RATE = 0.15, 0.30
MANY_STACKS, MANY_HOSTS = 10, 10
CONFIGURE = "configure"

_Reason = tuple[Level, str]
_GRAVITY = {Level.HIGH: 0, Level.MEDIUM: 1, Level.LOW: 2}


def expected_rate(failed: int, changes: int) -> float:
    """Return the rate of failures to be expected of the next change.

        (failed + 1) / (changes + 10)

    It is the mean of the posterior of a Beta(1, 9) prior after `failed` of `changes` (the beta-binomial model, of
    which Laplace's rule of succession is the case of a Beta(1, 1) prior). The prior weighs as much as ten changes of
    which one failed: an assumption, chosen so that one failure among few changes is seen, and is no verdict yet.
    Beta(1, 1) would call whatever was never done as likely to fail as not.
    """
    return (failed + PRIOR_FAILED) / (changes + PRIOR_CHANGES)


def risk_of(
    stack: Stack,
    plan: PlanModel,
    to_configure: tuple[str, ...] | None,
    past: Iterable[PastChange],
    needed_by: Mapping[str, Iterable[str]],
) -> Risk | None:
    """Weigh a change; None where nothing would happen. `needed_by` maps each stack to those that wait for it.

    The level is that of its gravest reason: what is dangerous does not become less so by being cheap elsewhere.
    """
    actions = actions_in(plan.counts, to_configure)
    unknown = [change.address for change in plan.changes if change.action is Action.UNKNOWN]
    if plan.empty and not actions and not plan.deferred and to_configure is not None:
        return None
    rates = tuple(_rates(stack, actions, tuple(change for change in past if change.good is not None)))
    near = frozenset(needed_by.get(stack.name, ()))
    far = reachable([stack.name], needed_by) - {stack.name}
    lost = plan.counts.destructive + plan.counts.forget
    touches = bool(lost or plan.counts.update or to_configure or plan.state_from)
    reasons = chain(
        _not_known(plan, unknown),
        (_of_record(rate) for rate in rates),
        _reached(len(near), len(far), to_configure, touches=touches),
        _undone(stack, plan.counts),
    )
    found = sorted(reasons, key=lambda reason: _GRAVITY[reason[0]])
    return Risk(
        level=found[0][0],
        reasons=tuple(text for _, text in found),
        rates=rates,
        needed_by=len(near),
        needed_by_in_all=len(far),
        hosts=None if to_configure is None else len(to_configure),
        reversible=not lost,
    )


def actions_in(counts: Counts, to_configure: tuple[str, ...] | None) -> tuple[str, ...]:
    """Name the kinds of action in a plan, as changes on record count them."""
    numbers = {
        "replace": counts.replace,
        "delete": counts.delete,
        "forget": counts.forget,
        "import": counts.imports,
        "update": counts.update,
        "create": counts.create,
        CONFIGURE: len(to_configure or ()),
    }
    return tuple(name for name, number in numbers.items() if number)


def _rates(stack: Stack, actions: tuple[str, ...], past: tuple[PastChange, ...]) -> Iterator[Rate]:
    """Yield how often changes failed of this template, in this environment, and of each kind of action here."""
    reference, here = stack.template.reference, f"{stack.environment.name}/"
    yield _rate(f"template {reference}", past, lambda change: change.template == reference)
    yield _rate(f"environment {stack.environment.name}", past, lambda change: change.stack.startswith(here))
    for action in actions:
        yield _rate(action, past, lambda change, action=action: action in change.actions)  # type: ignore[misc]


def _rate(of: str, past: Iterable[PastChange], fits: Callable[[PastChange], bool]) -> Rate:
    ended = [change.good for change in past if fits(change)]
    failed = sum(good is False for good in ended)
    return Rate(of, failed, len(ended), round(expected_rate(failed, len(ended)), 4))


def _of_record(rate: Rate) -> _Reason:
    if not rate.changes:
        return Level.LOW, f"{rate.of}: no change on record"
    level = Level.HIGH if rate.expected >= HIGH_RATE else Level.MEDIUM if rate.expected >= MEDIUM_RATE else Level.LOW
    return level, f"{rate.of}: {rate.failed} of {rate.changes} changes failed, {rate.expected:.0%} to be expected"


def _not_known(plan: PlanModel, unknown: list[str]) -> Iterator[_Reason]:
    if unknown:
        yield Level.HIGH, f"this version of infraops does not know what would happen to {', '.join(unknown[:3])}"
    if plan.deferred:
        yield (
            Level.MEDIUM,
            f"planned with stand-ins for {', '.join(plan.stand_ins)}: what would happen is not known in full",
        )
    if plan.failed_checks:
        yield Level.MEDIUM, f"checks of the module that fail: {len(plan.failed_checks)}"
    if plan.drift:
        yield Level.MEDIUM, f"resources changed outside infraops: {len(plan.drift)}"


def _reached(near: int, far: int, to_configure: tuple[str, ...] | None, *, touches: bool) -> Iterator[_Reason]:
    """Yield what else is reached: stacks that need this one count where anything that is there is touched."""
    if not far:
        yield Level.LOW, "no stack needs it"
    else:
        level = Level.HIGH if far >= MANY_STACKS else Level.MEDIUM
        yield level if touches else Level.LOW, f"stacks that need it: {near}, {far} in all"
    if to_configure is None:
        yield Level.LOW, "hosts to configure: not known before they exist"
    elif to_configure:
        level = Level.MEDIUM if len(to_configure) >= MANY_HOSTS else Level.LOW
        yield level, f"hosts to configure: {len(to_configure)}"


def _undone(stack: Stack, counts: Counts) -> Iterator[_Reason]:
    if counts.destructive:
        held = stack.template.file.protected
        what = f"resources destroyed or replaced: {counts.destructive}, which cannot be undone"
        yield Level.HIGH if held else Level.MEDIUM, f"{what}; its template holds data" if held else what
    if counts.forget:
        yield Level.MEDIUM, f"resources let go of: {counts.forget}, undone only by adopting them"
    if counts.update:
        yield Level.LOW, f"resources updated: {counts.update}, undone by applying what was there before"
    if counts.create:
        yield Level.LOW, f"resources made: {counts.create}, undone by destroying them"
