"""What values look like at bottom, and which can stand where which is expected: outputs, parameters, variables.

Pure. A shape says only what can be told before anything runs; where it cannot, it fits everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from infraops.models.files.template import DeclaredOutput, ParameterType, ValueType


class Kind(Enum):
    """What a value is at bottom. A tuple and an object know each of their entries, a list and a map only their kind."""

    ANY = "any"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAP = "map"
    TUPLE = "tuple"
    OBJECT = "object"


@dataclass(frozen=True)
class Shape:
    """A kind with what is known of its inside.

    `form` is what a text must look like (cidr, duration), empty where any text will do. `entries` holds those of an
    object, `optional` the names among them that may be missing.
    """

    kind: Kind
    form: str = ""
    each: "Shape | None" = None  # of a list or map
    items: "tuple[Shape, ...]" = ()  # of a tuple
    entries: "Mapping[str, Shape]" = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


ANY = Shape(Kind.ANY)
_SCALARS = {
    ParameterType.INTEGER: Shape(Kind.NUMBER),
    ParameterType.NUMBER: Shape(Kind.NUMBER),
    ParameterType.PORT: Shape(Kind.NUMBER),
    ParameterType.BOOLEAN: Shape(Kind.BOOLEAN),
    ParameterType.CIDR: Shape(Kind.TEXT, form="cidr"),
    ParameterType.DURATION: Shape(Kind.TEXT, form="duration"),
}
_NESTED = {ParameterType.LIST: Kind.LIST, ParameterType.SET: Kind.LIST, ParameterType.MAP: Kind.MAP}


def declared_shape(declared: ValueType | DeclaredOutput) -> Shape:
    """Return the shape of what a template declares with a type, and the types of what is inside it."""
    match declared.type:
        case ParameterType.ANY:
            return ANY
        case ParameterType.TUPLE:
            return Shape(Kind.TUPLE, items=tuple(map(declared_shape, declared.members)))
        case ParameterType.OBJECT:
            entries = {name: declared_shape(entry) for name, entry in declared.entries.items()}
            optional = frozenset(name for name, one in declared.entries.items() if not one.required)
            return Shape(Kind.OBJECT, entries=entries, optional=optional)
        case kind if kind in _NESTED:
            each = ANY if declared.items is None else declared_shape(declared.items)
            return Shape(_NESTED[kind], each=each)
        case kind:
            return _SCALARS.get(kind, Shape(Kind.TEXT))


def written_type(declared: ValueType | DeclaredOutput) -> str:
    """Write a declared type for a message: `port`, `list of cidr`, `map of object(name, port)`."""
    if declared.items is not None:
        return f"{declared.type} of {written_type(declared.items)}"
    if declared.entries:
        names = (name if entry.required else f"{name}?" for name, entry in declared.entries.items())
        return f"{declared.type}({', '.join(names)})"
    if declared.members:
        return f"{declared.type}({', '.join(map(written_type, declared.members))})"
    return f"{declared.type}"


def shape_of_value(value: Any) -> Shape:
    """Return the shape of a value as JSON knows it; null fits everything."""
    match value:
        case None:
            return ANY
        case bool():
            return Shape(Kind.BOOLEAN)
        case int() | float():
            return Shape(Kind.NUMBER)
        case dict():
            return Shape(Kind.OBJECT, entries={name: shape_of_value(one) for name, one in value.items()})
        case list() | tuple():
            return Shape(Kind.TUPLE, items=tuple(shape_of_value(one) for one in value))
        case _:
            return Shape(Kind.TEXT)


def fits(given: Shape, taken: Shape, *, converts: bool = True) -> bool:
    """Say whether a value of shape `given` can stand where `taken` is expected.

    `converts` says that Terraform is between them: it makes text of numbers and booleans, which always succeeds. That
    it also tries to read numbers and booleans from text is not counted on: whether it succeeds shows only on the way.
    """
    if Kind.ANY in (given.kind, taken.kind):
        return True
    match taken.kind:
        case Kind.TEXT:
            if given.kind is Kind.TEXT:
                return not given.form or not taken.form or given.form == taken.form
            return converts and not taken.form and given.kind in (Kind.NUMBER, Kind.BOOLEAN)
        case Kind.LIST | Kind.TUPLE:
            return given.kind in (Kind.LIST, Kind.TUPLE) and _items_fit(given, taken, converts=converts)
        case Kind.MAP | Kind.OBJECT:
            return given.kind in (Kind.MAP, Kind.OBJECT) and _entries_fit(given, taken, converts=converts)
        case _:
            return given.kind is taken.kind


def _items_fit(given: Shape, taken: Shape, *, converts: bool) -> bool:
    if given.kind is Kind.TUPLE and taken.kind is Kind.TUPLE and len(given.items) != len(taken.items):
        return False
    wanted = taken.items if taken.kind is Kind.TUPLE else [taken.each or ANY] * (len(given.items) or 1)
    has = given.items if given.kind is Kind.TUPLE else [given.each or ANY] * len(wanted)
    return all(fits(one, other, converts=converts) for one, other in zip(has, wanted, strict=False))


def _entries_fit(given: Shape, taken: Shape, *, converts: bool) -> bool:
    if given.kind is Kind.MAP and taken.kind is Kind.MAP:
        return fits(given.each or ANY, taken.each or ANY, converts=converts)
    if taken.kind is Kind.MAP:
        return all(fits(one, taken.each or ANY, converts=converts) for one in given.entries.values())
    required = taken.entries.keys() - taken.optional
    if given.kind is Kind.OBJECT and required - given.entries.keys():
        return False
    # Of a map it is unknown which entries it has: those that must be there must also fit.
    has = given.entries if given.kind is Kind.OBJECT else dict.fromkeys(required, given.each or ANY)
    return all(fits(one, taken.entries[name], converts=converts) for name, one in has.items() if name in taken.entries)
