"""Values of Rego: JSON, sets, and objects with any keys. Pure.

Arrays are lists, objects dicts; a key that is no text, and every element of a set, stands by its sort key.
"""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Sort = tuple[Any, ...]
NOTHING = object()  # what is undefined


class Key:
    """A key of an object that is no text."""

    __slots__ = ("sort", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.sort = sort_of(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.sort == other.sort

    def __hash__(self) -> int:
        return hash(self.sort)


class RegoSet:
    """A set: its elements by their sort keys."""

    __slots__ = ("elements",)

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.elements = {sort_of(value): value for value in values}

    def add(self, value: Any) -> None:
        """Put in one more."""
        self.elements[sort_of(value)] = value

    def __contains__(self, value: Any) -> bool:
        return sort_of(value) in self.elements

    def __iter__(self) -> Any:
        return iter([self.elements[sort] for sort in sorted(self.elements)])

    def __len__(self) -> int:
        return len(self.elements)


def sort_of(value: Any) -> Sort:
    """Return what orders values as Rego does, and is equal for values that are."""
    match value:
        case None:
            return (0,)
        case bool():
            return 1, value
        case int() | Decimal():
            return 2, value
        case float():
            return 2, Decimal(repr(value))
        case str():
            return 3, value
        case list():
            return 4, tuple(map(sort_of, value))
        case dict():
            return 5, tuple(sorted((sort_of(from_key(key)), sort_of(below)) for key, below in value.items()))
        case RegoSet():
            return 6, tuple(sorted(value.elements))
        case Key():
            return value.sort
    raise TypeError(type(value).__name__)


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same."""
    if type(one) is type(other) and isinstance(one, str | int | float):
        return bool(one == other)
    return sort_of(one) == sort_of(other)


def to_key(value: Any) -> Any:
    """Return a value as a key of an object."""
    return value if isinstance(value, str) else Key(value)


def from_key(key: Any) -> Any:
    """Return the value of an object's key."""
    return key.value if isinstance(key, Key) else key


def to_json(value: Any) -> Any:
    """Return a value as JSON has it: sets are arrays, and keys are texts."""
    match value:
        case RegoSet() | list():
            return [to_json(each) for each in value]
        case dict():
            spelt = {key: key if isinstance(key, str) else written(from_key(key)) for key in value}
            return {spelt[key]: to_json(below) for key, below in sorted(value.items(), key=lambda item: spelt[item[0]])}
        case float() if value.is_integer():
            return int(value)
        case Decimal():
            return float(value)
    return value


def written(value: Any) -> str:
    """Write a value as JSON in one line."""
    return json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


def shown(value: Any, *, inside: bool = False) -> str:
    """Write a value as a person reads it in a message: a text as it is, what holds others as Rego has it."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False) if inside else value
        case list():
            return f"[{', '.join(shown(each, inside=True) for each in value)}]"
        case RegoSet():
            return f"{{{', '.join(shown(each, inside=True) for each in value)}}}" if value.elements else "set()"
        case dict():
            items = sorted(((from_key(key), below) for key, below in value.items()), key=lambda item: sort_of(item[0]))
            return f"{{{', '.join(f'{shown(key, inside=True)}: {shown(below, inside=True)}' for key, below in items)}}}"
    return written(value)


def at(value: Any, key: Any) -> Any:
    """Return what stands at a key, NOTHING where nothing does."""
    match value:
        case dict():
            return value.get(to_key(key), NOTHING) if key is not NOTHING else NOTHING
        case list() if isinstance(key, int | float) and not isinstance(key, bool) and 0 <= key < len(value):
            return value[int(key)] if int(key) == key else NOTHING
        case RegoSet() if key is not NOTHING and key in value:
            return key
    return NOTHING


def patched(value: Any, path: list[str], new: Any) -> Any:
    """Return a value with something else at a path."""
    if not path:
        return new
    below = value if isinstance(value, dict) else {}
    return {**below, path[0]: patched(below.get(path[0]), path[1:], new)}


def merged(one: Any, other: Any) -> Any:
    """Return two objects as one; where both have something, that of the first."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one
    return {**other, **{key: merged(value, other[key]) if key in other else value for key, value in one.items()}}
