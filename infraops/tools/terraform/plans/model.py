"""`terraform show -json` of a saved plan as a plan model."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from infraops.models.plans.plan import Action, AttributeChange, PlanModel, ResourceChange
from infraops.tools.terraform.plans.configuration import external_data_in, provisioners_in, settings_in, without_keys
from infraops.tools.terraform.plans.effect import beyond

Path = tuple[str | int, ...]
Hide = Callable[[Any], Any]

_FIRST = re.compile(r"[.\[]")  # after the name of the attribute that a path leads into


def plan_model(
    document: Mapping[str, Any],
    *,
    stand_ins: Sequence[str] = (),
    warnings: Sequence[str] = (),
    hide: Hide = lambda value: value,
    effect: str = "",
) -> PlanModel:
    """Read a plan document (format 1.x). Sensitive values are left out of the model altogether.

    `hide` blanks, in the values of attributes, what is secret without being marked so. Parts of the document that this
    version does not know stand in the model as changes of unknown action, which count as the highest risk. `effect` is
    the digest of what the plan would do.
    """
    outputs = document.get("output_changes", {})
    changed = tuple(name for name, change in outputs.items() if action_of(change["actions"]) is not Action.NO_OP)
    entries = document.get("resource_changes", ())
    drift = [change for entry in document.get("resource_drift", ()) if _differs(change := _resource(entry, hide))]
    changes = [_resource(entry, hide) for entry in entries]
    unconfigured = _unconfigured(drift, changes, document)
    return PlanModel(
        changes=(*changes, *map(_not_judged, beyond(document))),
        drift=tuple(change for change in drift if change not in unconfigured),
        unconfigured=unconfigured,
        outputs_changed=bool(changed),
        changed_outputs=changed,
        moved=tuple(str(entry["address"]) for entry in entries if _bookkeeping(entry)),
        failed_checks=tuple(_failed_checks(document.get("checks", ()))),
        stand_ins=tuple(stand_ins),
        warnings=tuple(warnings),
        provisioners=tuple(provisioners_in(document)),
        external_data=tuple(external_data_in(document)),
        effect=effect,
        planned_outputs={name: change.get("after") for name, change in outputs.items() if _is_known(change)},
    )


def _differs(drifted: ResourceChange) -> bool:
    """Whether there is a difference; that a list is empty now and was not there before is none."""
    return drifted.action is not Action.NO_OP and bool(drifted.attributes or drifted.action is not Action.UPDATE)


def _unconfigured(
    drift: Iterable[ResourceChange], changes: Iterable[ResourceChange], document: Mapping[str, Any]
) -> tuple[ResourceChange, ...]:
    """Choose what changed only in attributes that the configuration does not set, and that Terraform lets be.

    Providers note in a resource what others of the same module did to it: a bucket's own attributes repeat its policy
    and its versioning. The next refresh after every apply finds these changed, and nothing has to be done about it.
    """
    settings, changed = settings_in(document), {change.address: _names(change) for change in changes}
    return tuple(
        drifted
        for drifted in drift
        if drifted.action is Action.UPDATE
        and (configured := settings.get(without_keys(drifted.address))) is not None
        and not _names(drifted) & (configured | changed.get(drifted.address, frozenset()))
    )


def _names(change: ResourceChange) -> frozenset[str]:
    return frozenset(_FIRST.split(attribute.path, maxsplit=1)[0] for attribute in change.attributes)


def _not_judged(part: str) -> ResourceChange:
    return ResourceChange(f"({part})", "", Action.UNKNOWN, "this version of infraops does not know what it would do")


def _bookkeeping(entry: Mapping[str, Any]) -> str:
    """Say what happens to a resource in the state alone; empty where nothing does."""
    if entry.get("previous_address"):
        return f"moved from {entry['previous_address']}"
    imported = _imported(entry["change"])
    return f"imported by {imported}" if imported else ""


def _imported(change: Mapping[str, Any]) -> str:
    """Name what a resource is imported by: an id, or the identity that some providers know; empty where it is not."""
    importing = change.get("importing")
    if not importing:
        return ""
    return str(importing.get("id") or importing.get("identity") or "what is known after apply")


def _is_known(change: Mapping[str, Any]) -> bool:
    return not any_mark(change.get("after_unknown")) and not any_mark(change.get("after_sensitive"))


def any_mark(mark: Any) -> bool:
    """Whether a tree of booleans, as Terraform marks unknown and sensitive parts, holds a true one."""
    match mark:
        case Mapping():
            return any(any_mark(part) for part in mark.values())
        case list():
            return any(any_mark(part) for part in mark)
        case _:
            return bool(mark)


def action_of(actions: Sequence[str]) -> Action:
    """Name what Terraform's list of actions comes to."""
    if sorted(actions) in (["create", "delete"], ["create", "forget"]):
        return Action.REPLACE
    try:
        (only,) = actions
        return Action(only)
    except ValueError:
        return Action.UNKNOWN


def _resource(entry: Mapping[str, Any], hide: Hide) -> ResourceChange:
    change = entry["change"]
    action = action_of(change["actions"])
    forced = {tuple(path) for path in change.get("replace_paths", ())}
    return ResourceChange(
        address=str(entry["address"]),
        type=str(entry.get("type", "")),
        action=action,
        reason=str(entry.get("action_reason") or _bookkeeping(entry)),
        importing=_imported(change),
        attributes=() if action in (Action.NO_OP, Action.READ) else tuple(_attributes(change, forced, hide)),
    )


def _attributes(change: Mapping[str, Any], forced: set[tuple[Any, ...]], hide: Hide) -> Iterator[AttributeChange]:
    before, after = change.get("before"), change.get("after")
    unknown = change.get("after_unknown")
    hidden = (change.get("before_sensitive"), change.get("after_sensitive"))
    for path in _paths((), unknown, before, after):
        old, new = value_at(before, path), value_at(after, path)
        is_unknown = any_mark(value_at(unknown, path))
        if old == new and not is_unknown:
            continue
        sensitive = any(any_mark(value_at(mark, path)) for mark in hidden)
        yield AttributeChange(
            path=_spell(path),
            before=None if sensitive else hide(old),
            after=None if sensitive else hide(new),
            sensitive=sensitive,
            unknown_after=is_unknown,
            forces_replacement=any(path[: len(prefix)] == prefix or prefix[: len(path)] == path for prefix in forced),
        )


def _paths(prefix: Path, unknown: Any, *values: Any) -> Iterator[Path]:
    """Walk down to the leaves that any of the values has, maps by key and lists by place; what is unknown is a leaf."""
    maps = [value for value in values if isinstance(value, Mapping)]
    lists = [value for value in values if isinstance(value, list)]
    known = unknown is not True
    if known and maps and not lists:
        steps: Iterable[str | int] = sorted({key for value in (*maps, _as_map(unknown)) for key in value})
    elif known and lists and not maps:
        steps = range(max(map(len, lists)))
    else:
        steps = ()
        if prefix:
            yield prefix
    for step in steps:
        yield from _paths((*prefix, step), value_at(unknown, (step,)), *(value_at(value, (step,)) for value in values))


def _as_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def value_at(value: Any, path: Path) -> Any:
    """Return what stands at a path of a value, or of a tree of marks; None where nothing does."""
    for step in path:
        if value is True:  # a mark on a whole part holds for everything in it
            return True
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _spell(path: Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def _failed_checks(checks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for check in checks:
        for instance in check.get("instances", ()):
            if instance.get("status") in ("fail", "error"):
                address = instance.get("address", check.get("address", {})).get("to_display", "a check")
                problems = "; ".join(str(problem.get("message", "")) for problem in instance.get("problems", ()))
                yield f"{address}: {problems}" if problems else str(address)
