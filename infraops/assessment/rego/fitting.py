"""What built-in functions of Rego take: these return it, or raise Unfit. Pure."""

from typing import Any

from infraops.assessment.rego.patterns import Unfit
from infraops.assessment.rego.values import RegoSet


def as_text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise Unfit("a text is needed")
    return value


def as_many(value: Any) -> list[Any]:
    """Return the elements of an array or a set."""
    if not isinstance(value, list | RegoSet):
        raise Unfit("an array or a set is needed")
    return list(value)


def as_object(value: Any) -> dict[Any, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise Unfit("an object is needed")
    return value


def as_set(value: Any) -> RegoSet:
    """Return a set."""
    if not isinstance(value, RegoSet):
        raise Unfit("a set is needed")
    return value


def as_texts(value: Any) -> list[str]:
    """Return one text or several as several."""
    return [value] if isinstance(value, str) else [as_text(each) for each in as_many(value)]


def as_array(value: Any) -> list[Any]:
    """Return an array."""
    if not isinstance(value, list):
        raise Unfit("an array is needed")
    return value
