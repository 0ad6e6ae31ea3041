"""What Terraform's type constraints ask for, as shapes. Pure."""

from infraops.controlrepo.hcl.type_constraints import HclType, Unread, read_type
from infraops.controlrepo.parameters.shapes import ANY, Kind, Shape

_PLAIN = {"any": ANY, "string": Shape(Kind.TEXT), "number": Shape(Kind.NUMBER), "bool": Shape(Kind.BOOLEAN)}
_COLLECTIONS = {"list": Kind.LIST, "set": Kind.LIST, "map": Kind.MAP}


def read_constraint(text: str) -> Shape:
    """Return the shape that a type constraint asks for; what cannot be read asks for nothing (Terraform will tell)."""
    try:
        return _shape(read_type(text))
    except Unread:
        return ANY


def _shape(read: HclType) -> Shape:
    if read.word in _COLLECTIONS:
        return Shape(_COLLECTIONS[read.word], each=ANY if read.each is None else _shape(read.each))
    if read.word == "tuple":
        return Shape(Kind.TUPLE, items=tuple(map(_shape, read.members)))
    if read.word == "object":
        entries = {name: _shape(entry) for name, entry in read.entries.items()}
        return Shape(Kind.OBJECT, entries=entries, optional=frozenset(read.optional))
    return _PLAIN[read.word]
