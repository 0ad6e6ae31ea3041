"""The resources of a plan document as prices see them: all of them, each with the few attributes that matter."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infraops.models.files.prices import steps_of
from infraops.models.plans.plan import Action, Holding
from infraops.tools.terraform.plans.model import action_of, any_mark, value_at

AsksOf = Callable[[str], frozenset[str]]  # a type of resource → the attributes that decide on its price


def holdings_in(document: Mapping[str, Any], asks_of: AsksOf) -> Iterator[Holding]:
    """Yield the managed resources, also those to which nothing happens."""
    for entry in document.get("resource_changes", ()):
        if entry.get("mode", "managed") != "managed":
            continue
        kind, change = str(entry.get("type", "")), entry["change"]
        attributes = asks_of(kind)
        before = _side(change, "before", attributes)
        # What Terraform lets go of is there as it was, and costs what it did.
        stays = action_of(change["actions"]) is Action.FORGET
        yield Holding(str(entry["address"]), kind, before, before if stays else _side(change, "after", attributes))


def _side(change: Mapping[str, Any], side: str, attributes: frozenset[str]) -> dict[str, Any] | None:
    values = change.get(side)
    if values is None:
        return None
    marks = [change.get(f"{side}_sensitive"), change.get("after_unknown") if side == "after" else None]
    found = {}
    for attribute in attributes:
        path = steps_of(attribute)
        if not any(any_mark(value_at(mark, path)) for mark in marks):
            found[attribute] = value_at(values, path)
    return found
