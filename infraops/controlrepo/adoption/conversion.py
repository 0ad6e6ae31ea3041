"""Terraform's types as types of parameters, and values as Terraform would convert them to a type. Pure."""

from typing import Any

from infraops.controlrepo.hcl.literals import NotLiteral, read_literal
from infraops.controlrepo.hcl.type_constraints import HclType
from infraops.models.files.template import ParameterType

Written = dict[str, Any]  # a parameter, item or entry as it stands in template.yaml

_WORDS = {
    "string": ParameterType.STRING,
    "number": ParameterType.NUMBER,
    "bool": ParameterType.BOOLEAN,
    "any": ParameterType.ANY,
    "list": ParameterType.LIST,
    "set": ParameterType.SET,
    "map": ParameterType.MAP,
    "object": ParameterType.OBJECT,
    "tuple": ParameterType.TUPLE,
}
_TRUE, _FALSE = ("true", "1"), ("false", "0")


class NoConversion(ValueError):
    """The value is not of the type, and Terraform would not make it so."""


def written_as(read: HclType) -> Written:
    """Write a type as `template.yaml` says it."""
    written: Written = {"type": _WORDS[read.word].value}
    if read.word == "tuple" and not read.members:
        return {"type": "list", "max": 0}
    if read.each is not None and read.each.word != "any":
        written["items"] = _in_short(written_as(read.each))
    if read.members:
        written["members"] = [_in_short(written_as(member)) for member in read.members]
    if read.entries:
        written["entries"] = {name: _entry(read, name, one) for name, one in read.entries.items()}
    return written


def _in_short(written: Written) -> Any:
    return written["type"] if written.keys() == {"type"} else written


def _entry(read: HclType, name: str, one: HclType) -> Written:
    written = written_as(one)
    if name not in read.optional:
        return {**written, "required": True}
    default = read.optional[name]
    if default is None:
        return written
    try:
        value = converted(read_literal(default), one)
    except (NotLiteral, NoConversion):
        return written  # the module puts it in by itself
    return written if value is None else {**written, "default": value}


def converted(value: Any, to: HclType) -> Any:
    """Return a value as Terraform converts it to a type. Raises NoConversion."""
    if value is None or to.word == "any":
        return value
    match to.word:
        case "string":
            return _text(value)
        case "number":
            return _number(value)
        case "bool":
            return _boolean(value)
        case "list" | "set" if isinstance(value, list):
            made = [converted(one, to.each or HclType("any")) for one in value]
            return made if to.word == "list" else [one for at, one in enumerate(made) if one not in made[:at]]
        case "tuple" if isinstance(value, list) and len(value) == len(to.members):
            return [converted(one, member) for one, member in zip(value, to.members, strict=True)]
        case "map" if isinstance(value, dict):
            return {key: converted(one, to.each or HclType("any")) for key, one in value.items()}
        case "object" if isinstance(value, dict) and not to.entries.keys() - to.optional.keys() - value.keys():
            return {name: converted(value[name], one) for name, one in to.entries.items() if name in value}
    raise NoConversion(f"a default that is no {to.word}")


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
    raise NoConversion("a default that is no text")


def _number(value: Any) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return int(value) if isinstance(value, str) and value.strip("+-").isdigit() else float(value)
    except (ValueError, TypeError):
        raise NoConversion("a default that is no number") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise NoConversion("a default that is neither true nor false")
