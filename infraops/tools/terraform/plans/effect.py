"""What a plan would do, in one canonical form: equal for two plans of the same effect, on whatever machine.

The form is for digests alone: nobody shows it, and it is never written. Everything in a plan's document counts that
this module does not know to be of no consequence, so that what a later Terraform adds counts too.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infraops.models.basics.digests import canonical

Keyed = Callable[[str], str]  # a secret text → a digest that says nothing to who has not the key
Tells = Callable[[str], bool]  # whether a secret stands in a text

# The rest of the document: when it was made, what was there before, and what follows from what counts anyway.
_OF_NO_CONSEQUENCE = frozenset(
    {
        "checks",
        "format_version",
        "output_changes",
        "planned_values",
        "prior_state",
        "proposed_unknown",
        "relevant_attributes",
        "resource_changes",
        "resource_drift",
        "timestamp",
        "variables",
    }
)
_HOW = frozenset({"applyable", "complete", "configuration", "errored", "terraform_version"})
MAJOR = "1"  # of the format that this module and the plan model know
_NOTHING = ["no-op"]
_IN_THE_STATE = ("importing", "previous_address")  # what is done to a resource by doing nothing to it


def canonical_effect(document: Mapping[str, Any], *, keyed: Keyed, tells: Tells = lambda text: False) -> dict[str, Any]:
    """Return the effect of a plan document (`terraform show -json`); empty where applying it would do nothing.

    Sensitive values, and texts of which `tells` says that they hold a secret, stand in it by their `keyed` digests.
    """
    conceal = _Conceal(keyed, tells)
    changes = _acting(document.get("resource_changes", ()), conceal)
    outputs = {
        name: _change(change, conceal)
        for name, change in document.get("output_changes", {}).items()
        if change["actions"] != _NOTHING
    }
    if not changes and not outputs and not beyond(document):
        return {}
    declared = document.get("configuration", {}).get("root_module", {}).get("variables", {})
    return {
        "format": str(document.get("format_version", "")).partition(".")[0],
        "resources": changes,
        "drift": _acting(document.get("resource_drift", ()), conceal),
        "outputs": outputs,
        "checks": sorted(map(canonical, document.get("checks", ()))),
        "variables": {
            name: conceal(variable.get("value"), declared.get(name, {}).get("sensitive", False))
            for name, variable in document.get("variables", {}).items()
        },
        "beside": {name: conceal(part, False) for name, part in document.items() if name not in _OF_NO_CONSEQUENCE},
    }


def beyond(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what of a plan document this version cannot judge: a format or parts that came after it."""
    major = str(document.get("format_version", MAJOR)).partition(".")[0]
    unknown = (name for name, part in document.items() if part and name not in _OF_NO_CONSEQUENCE | _HOW)
    return (*([f"plan format {major}"] if major != MAJOR else []), *sorted(unknown))


def _acting(entries: Iterable[Mapping[str, Any]], conceal: "_Conceal") -> list[dict[str, Any]]:
    """Keep the resources something happens to, in an order that does not depend on Terraform's."""
    kept = (
        {**{key: value for key, value in entry.items() if key != "change"}, "change": _change(entry["change"], conceal)}
        for entry in entries
        if entry["change"]["actions"] != _NOTHING
        or any(entry.get(key) or entry["change"].get(key) for key in _IN_THE_STATE)
    )
    return sorted(kept, key=canonical)


def _change(change: Mapping[str, Any], conceal: "_Conceal") -> dict[str, Any]:
    sides = {side: conceal(change.get(side), change.get(f"{side}_sensitive", False)) for side in ("before", "after")}
    return {**change, **sides, "replace_paths": sorted(map(canonical, change.get("replace_paths", ())))}


class _Conceal:
    """Puts digests in the place of what is secret."""

    def __init__(self, keyed: Keyed, tells: Tells) -> None:
        self._keyed, self._tells = keyed, tells

    def __call__(self, value: Any, mark: Any) -> Any:
        """Return the value; what a tree of marks, as Terraform writes them, calls sensitive is concealed."""
        if mark is True:
            return None if value is None else {"keyed": self._keyed(canonical(value))}
        match value:
            case str() if self._tells(value):
                return {"keyed": self._keyed(canonical(value))}
            case Mapping():
                return {key: self(item, at_mark(mark, key)) for key, item in value.items()}
            case list():
                return [self(item, at_mark(mark, place)) for place, item in enumerate(value)]
            case _:
                return value


def at_mark(mark: Any, step: str | int) -> Any:
    """Return what a tree of marks, as Terraform writes them, says of one part."""
    match mark, step:
        case Mapping(), _:
            return mark.get(step, False)
        case list(), int() if step < len(mark):
            return mark[step]
        case _:
            return False
