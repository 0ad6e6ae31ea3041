"""Changing a document by a list of operations, as JSON Patch has them. Pure."""

from typing import Any

from infraops.assessment.rego.fitting import as_array, as_object, as_text
from infraops.assessment.rego.patterns import Unfit
from infraops.assessment.rego.values import NOTHING, RegoSet, at, equal, to_key


def patch(value: Any, operations: Any) -> Any:
    """Carry out operations one after another; where one cannot be, there is no answer."""
    for operation in as_array(operations):
        given = as_object(operation)
        path = _steps(given.get("path"))
        match given.get("op"):
            case "add":
                value = _put(value, path, _told(given))
            case "remove":
                value = _without(value, path)
            case "replace":
                value = _put(_without(value, path) if path else value, path, _told(given))
            case "move":
                moved = _found(value, _steps(given.get("from")))
                value = _put(_without(value, _steps(given.get("from"))), path, moved)
            case "copy":
                value = _put(value, path, _found(value, _steps(given.get("from"))))
            case "test":
                if not equal(_found(value, path), _told(given)):
                    raise Unfit("the value is another than the patch expects")
            case other:
                raise Unfit(f"{other} is no operation of a patch")
    return value


def _told(operation: dict[Any, Any]) -> Any:
    if "value" not in operation:
        raise Unfit("an operation of the patch lacks its value")
    return operation["value"]


def _steps(path: Any) -> list[Any]:
    if isinstance(path, list):
        return path
    if as_text(path) == "":
        return []
    # OPA takes a path with and without the slash at its beginning.
    return [step.replace("~1", "/").replace("~0", "~") for step in path.removeprefix("/").split("/")]


def _found(value: Any, path: list[Any]) -> Any:
    for step in path:
        value = at(value, _index(step) if isinstance(value, list) else step)
        if value is NOTHING:
            raise Unfit(f"there is nothing at {step}")
    return value


def _put(value: Any, path: list[Any], new: Any) -> Any:
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, RegoSet):
        if rest:
            return RegoSet(
                [*(each for each in value if not equal(each, first)), _put(_found(value, [first]), rest, new)]
            )
        return RegoSet([*value, new])
    if isinstance(value, list) and not rest:
        place = len(value) if first == "-" else _index(first)
        if place > len(value):
            raise Unfit(f"there is no place {place}")
        return [*value[:place], new, *value[place:]]
    if isinstance(value, list):
        place = _index(first)
        return [*value[:place], _put(_found(value, [first]), rest, new), *value[place + 1 :]]
    below = as_object(value)
    return {**below, to_key(first): _put(_found(below, [first]), rest, new) if rest else new}


def _without(value: Any, path: list[Any]) -> Any:
    if not path:
        raise Unfit("nothing would be left")
    first, rest = path[0], path[1:]
    below = _found(value, [first])
    if isinstance(value, RegoSet):
        others = [each for each in value if not equal(each, first)]
        return RegoSet([*others, _without(below, rest)] if rest else others)
    if isinstance(value, list):
        place = _index(first)
        return [*value[:place], *([_without(below, rest)] if rest else []), *value[place + 1 :]]
    if rest:
        return {**value, to_key(first): _without(below, rest)}
    return {key: each for key, each in value.items() if key != to_key(first)}


def _index(step: Any) -> int:
    if isinstance(step, int) and not isinstance(step, bool) and step >= 0:
        return step
    if isinstance(step, str) and step.isascii() and step.isdigit() and (step == "0" or step[0] != "0"):
        return int(step)
    raise Unfit(f"{step} is no place in an array")
