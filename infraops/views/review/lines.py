"""The detail of a review: a line a resource with its attributes, and what Ansible's check mode found."""

from collections.abc import Iterable, Iterator

from infraops.models.plans.plan import Action, ResourceChange
from infraops.models.runs.results import Prediction
from infraops.views.documents import HIDDEN
from infraops.views.plans import sides, value_text, why_of
from infraops.views.review.page import Line
from infraops.views.words import SIGN_OF_ACTION, count, first_of

SHOWN_ALIKE = 3  # resources with the same change that are shown each; the rest are counted
VALUE_WIDTH = 200
TASKS_SHOWN = 20  # of each kind
NAMED = 5  # stacks or hosts that a sentence names; the rest are counted


def named(names: list[str]) -> str:
    """Name a few and count the rest."""
    return first_of(names, NAMED)


def predicted(prediction: Prediction) -> Iterator[str]:
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
            yield f"  task {name}: {what} (on {named(on)})"
        if len(hosts) > TASKS_SHOWN:
            yield f"  and {count(len(hosts) - TASKS_SHOWN, 'more task')} of which each {what}"
    if prediction.silent:
        yield f"  not reached, or a task failed in check mode: {named(list(prediction.silent))}"
    if prediction.not_asked:
        yield f"  not asked, as they do not exist yet or will be others: {named(list(prediction.not_asked))}"


def lines_of(changes: Iterable[ResourceChange]) -> Iterator[Line]:
    """Write changes; of many that are alike, the first few and a count."""
    alike: dict[tuple[str, Action], int] = {}
    for change in changes:
        if change.action in (Action.NO_OP, Action.READ) and not (change.reason or change.importing):
            continue
        kind = (change.address.partition("[")[0], change.action)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= SHOWN_ALIKE:
            yield line_of(change)
    for (address, action), number in alike.items():
        if number > SHOWN_ALIKE:
            yield Line(_sign(action), f"{address}[…]", f"and {number - SHOWN_ALIKE} more like these")


def line_of(change: ResourceChange) -> Line:
    """Write one resource."""
    return Line(_sign(change.action), change.address, why_of(change), tuple(_attributes(change)))


def _sign(action: Action) -> str:
    return SIGN_OF_ACTION.get(action.value, ("=", ""))[0]


def _attributes(change: ResourceChange) -> Iterator[str]:
    """Write what a resource will have, had, or has another value of; what is only known later is counted."""
    if change.action not in (Action.CREATE, Action.DELETE):
        yield from (f"{each.path}: {' → '.join(sides(each, VALUE_WIDTH))}" for each in change.attributes)
        return
    creates = change.action is Action.CREATE
    for each in change.attributes:
        value = each.after if creates else each.before
        if each.sensitive or (value is not None and not each.unknown_after):
            yield f"{each.path}: {HIDDEN if each.sensitive else value_text(value, VALUE_WIDTH)}"
    unknown = sum(each.unknown_after for each in change.attributes)
    if unknown:
        yield f"({count(unknown, 'attribute')} known after apply)"
