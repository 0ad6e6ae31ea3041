"""Built-in functions of Rego on arrays, objects and sets. Pure."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from infraops.assessment.rego.fitting import as_many, as_object, as_set
from infraops.assessment.rego.patterns import Unfit
from infraops.assessment.rego.reckoning import less, plus
from infraops.assessment.rego.values import RegoSet, equal, from_key, to_key


def minus(one: Any, other: Any) -> Any:
    """Subtract numbers, or take the elements of one set out of another."""
    if isinstance(one, RegoSet) and isinstance(other, RegoSet):
        return RegoSet(each for each in one if each not in other)
    return less(one, other)


def both(one: Any, other: Any) -> RegoSet:
    """Return what is in both sets."""
    return RegoSet(each for each in as_set(one) if each in as_set(other))


def either(one: Any, other: Any) -> RegoSet:
    """Return what is in either set."""
    return RegoSet([*as_set(one), *as_set(other)])


def member(value: Any, where: Any) -> bool:
    """Whether a value is among those of an array, an object or a set."""
    values = where.values() if isinstance(where, dict) else where if isinstance(where, list | RegoSet) else ()
    return any(equal(value, each) for each in values)


def member_at(key: Any, value: Any, where: Any) -> bool:
    """Whether a value stands at a key."""
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(where, dict):
        items = ((from_key(each), below) for each, below in where.items())
    elif isinstance(where, list):
        items = enumerate(where)
    elif isinstance(where, RegoSet):
        items = ((each, each) for each in where)
    return any(equal(key, each) and equal(value, below) for each, below in items)


def count(value: Any) -> int:
    """Count signs, elements or keys."""
    if not isinstance(value, str | list | dict | RegoSet):
        raise Unfit("a text, or what holds others, is needed")
    return len(value)


def flatten(values: list[Any]) -> list[Any]:
    """Put the elements of arrays within an array in their place."""
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def total(values: Any) -> Any:
    """Add numbers up."""
    return reduce(plus, as_many(values), 0)


def value_at(value: Any, path: Any, default: Any) -> Any:
    """Return what stands at a key, or at a path of keys; else the default."""
    as_object(value)
    for step in path if isinstance(path, list) else [path]:
        if isinstance(value, dict) and to_key(step) in value:
            value = value[to_key(step)]
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return default
    return value


def keys_of(value: Any) -> list[Any]:
    """Return the keys that an array, a set or an object names."""
    return [to_key(each) for each in (value if isinstance(value, list | RegoSet) else map(from_key, as_object(value)))]


def union(one: Any, other: Any) -> dict[Any, Any]:
    """Put the second object over the first."""
    merged = dict(as_object(one))
    for key, value in as_object(other).items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = union(merged[key], value) if both else value
    return merged


def is_part(whole: Any, part: Any) -> bool:
    """Whether all of one is in the other."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(
            key in whole and (equal(whole[key], below) or is_part(whole[key], below)) for key, below in part.items()
        )
    if isinstance(part, RegoSet | list) and isinstance(whole, RegoSet | list):
        return all(member(each, whole) for each in part)
    return False


def walk(value: Any) -> list[Any]:
    """Return every value inside, with its path."""
    found: list[Any] = []

    def step(path: list[Any], below: Any) -> None:
        found.append([path, below])
        for key, each in items_of(below):
            step([*path, key], each)

    step([], value)
    return found


def items_of(value: Any) -> Iterable[tuple[Any, Any]]:
    """Return keys and values."""
    if isinstance(value, dict):
        return [(from_key(key), below) for key, below in value.items()]
    if isinstance(value, list):
        return enumerate(value)
    return ((each, each) for each in value) if isinstance(value, RegoSet) else ()


def split_paths(paths: Any) -> list[list[str]]:
    """Return paths as lists of keys."""
    split = [path.split("/") if isinstance(path, str) else [str(step) for step in path] for path in as_many(paths)]
    return [[step for step in path if step] for path in split]


def without(value: Any, paths: list[list[str]]) -> Any:
    """Take the values at these paths out."""
    gone = {path[0] for path in paths if len(path) == 1}
    below = {path[0] for path in paths} - gone
    return {
        key: without(each, [path[1:] for path in paths if path[0] == key]) if key in below else each
        for key, each in as_object(value).items()
        if key not in gone
    }


def only(value: Any, paths: list[list[str]]) -> Any:
    """Keep only the values at these paths."""
    kept = {}
    for key in {path[0] for path in paths} & as_object(value).keys():
        rest = [path[1:] for path in paths if path[0] == key]
        kept[key] = only(value[key], rest) if all(rest) and isinstance(value[key], dict) else value[key]
    return kept


def reachable(graph: Any, start: Any) -> RegoSet:
    """Return the nodes of a graph that one comes to."""
    found, left = RegoSet(), as_many(start)
    while left:
        node = left.pop()
        if node not in found and to_key(node) in graph:
            found.add(node)
            left += as_many(graph[to_key(node)])
    return found
