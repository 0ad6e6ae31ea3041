"""Putting the defaults of an object's entries into a value, so that playbooks see what modules would. Pure."""

from collections.abc import Mapping
from typing import Any

from infraops.models.files.template import Entry, ParameterType, ValueType


def filled(declared: ValueType, value: Any) -> Any:
    """Return a value with the defaults of the entries of its objects put in; entries that are null are left out."""
    match value:
        case dict() if declared.type is ParameterType.OBJECT:
            return {
                name: filled(entry, value[name] if _is_given(entry, name, value) else entry.default)
                for name, entry in declared.entries.items()
                if _is_given(entry, name, value) or entry.default is not None
            }
        case dict() if declared.items is not None:
            return {key: filled(declared.items, one) for key, one in value.items()}
        case list() if declared.members:
            return [filled(member, one) for member, one in zip(declared.members, value, strict=True)]
        case list() if declared.items is not None:
            return [filled(declared.items, one) for one in value]
        case _:
            return value


def _is_given(entry: Entry, name: str, value: Mapping[str, Any]) -> bool:
    return name in value and (value[name] is not None or entry.nullable)
