"""The types that a parameter may have, as pydantic knows them; their complaints are in plain words already.

Names of an object's entries get a prefix and an alias, because one may be called `schema` or `copy`, as pydantic's own
methods are.
"""

import ipaddress
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationInfo,
    create_model,
)
from pydantic_core import PydanticCustomError, to_jsonable_python

from infraops.controlrepo.documents.words import OWN
from infraops.controlrepo.files.inside import refuse_path
from infraops.models.files.template import DURATION_PATTERN, Parameter, ParameterType, ValueType

REFERENCE_PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|generated:[a-z][a-z0-9]*([_-][a-z0-9]+)*)$"
CIDR_PATTERN = r"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"
PREFIX = "parameter_"
STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_PLAIN = frozenset({"type", "description"})  # an item that says no more takes the parameter's pattern and values

_DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)  # escapes and classes are stepped over


def complain(problem: str, hint: str = "") -> PydanticCustomError:
    """Make an error in our own words; `{found}` in `problem` becomes the value as written."""
    return PydanticCustomError(OWN, "{problem}", {"problem": problem, "hint": hint})


def annotation(parameter: Parameter) -> Any:
    """Return the type of a parameter's value, its limits included, for a field of a pydantic model."""
    return SecretText if parameter.sensitive else value_annotation(parameter)


def value_annotation(declared: ValueType) -> Any:
    """Return the type of a value, all that is inside it included."""
    kind = _either(declared)
    return kind | None if declared.nullable else kind


def _either(declared: ValueType) -> Any:
    match declared.type:
        case ParameterType.LIST:
            return _limited(list[_item(declared)], _lengths(declared))  # type: ignore[misc]
        case ParameterType.SET:
            once = [AfterValidator(_once), Field(json_schema_extra={"uniqueItems": True})]
            return _limited(list[_item(declared)], [*_lengths(declared), *once])  # type: ignore[misc]
        case ParameterType.MAP:
            return _limited(dict[str, _item(declared)], _lengths(declared))  # type: ignore[misc]
        case ParameterType.TUPLE:
            places = tuple(value_annotation(member) for member in declared.members)
            return Annotated[tuple[places], Field(strict=False)]  # type: ignore[valid-type]
        case ParameterType.OBJECT:
            return _object(declared)
        case ParameterType.ANY:
            return JsonValue
        case kind:
            return _scalar(kind, declared)


def _item(declared: ValueType) -> Any:
    item = declared.items
    if item is None:
        return JsonValue
    if item.model_fields_set <= _PLAIN:
        item = item.model_copy(update={"pattern": declared.pattern, "values": declared.values})
    return value_annotation(item)


def _object(declared: ValueType) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, entry in declared.entries.items():
        kind = value_annotation(entry)
        # Without a value an entry is as if it were not there, so null may be written for it, too.
        default = ... if entry.required else entry.default
        field = Field(default, alias=name, description=entry.description or None)
        fields[PREFIX + name] = (kind if entry.required else kind | None, field)
    return create_model("object", __config__=STRICT, **fields)


def _once(values: list[Any]) -> list[Any]:
    for number, value in enumerate(values):
        if value in values[:number]:
            written = json.dumps(to_jsonable_python(value, by_alias=True))
            raise complain(f"{written} comes twice, in a set", "remove one of them")
    return values


def _scalar(kind: ParameterType, parameter: ValueType) -> Any:
    limits = [Field(ge=_exact(parameter.min, kind))] if parameter.min is not None else []
    limits += [Field(le=_exact(parameter.max, kind))] if parameter.max is not None else []
    match kind:
        case ParameterType.STRING:
            return _limited(StrictStr, [*_lengths(parameter), *_matching(parameter.pattern)])
        case ParameterType.INTEGER:
            return _limited(StrictInt, limits)
        case ParameterType.NUMBER:
            return _limited(StrictInt | StrictFloat, limits)
        case ParameterType.BOOLEAN:
            return StrictBool
        case ParameterType.ENUM:
            return Literal[parameter.values]
        case ParameterType.PORT:
            return _limited(Port, limits)
        case _:
            return _TEXTS[kind]


def _limited(kind: Any, limits: list[Any]) -> Any:
    return Annotated[(kind, *limits)] if limits else kind


def _exact(limit: float, kind: ParameterType) -> float:
    return limit if kind is ParameterType.NUMBER else int(limit)


def _lengths(parameter: ValueType) -> list[Any]:
    """Limits of a text are its characters, of a list or map its entries."""
    lengths = [Field(min_length=int(parameter.min))] if parameter.min is not None else []
    return lengths + ([Field(max_length=int(parameter.max))] if parameter.max is not None else [])


def _matching(pattern: str | None) -> list[Any]:
    if pattern is None:
        return []
    compiled = re.compile(_to_the_end(pattern))

    def match(text: str) -> str:
        if compiled.search(text) is None:
            raise complain(f"expected text that matches {pattern}, found {{found}}")
        return text

    return [AfterValidator(match), Field(json_schema_extra={"pattern": pattern})]


def _to_the_end(pattern: str) -> str:
    """Make `$` mean the very end, as it does in Terraform and JSON Schema; Python lets a line end follow it."""
    return _DOLLAR.sub(lambda found: r"\Z" if found.group() == "$" else found.group(), pattern)


def _cidr(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise complain("expected a network such as 10.0.0.0/24, found {found}") from None
    if "/" not in text:
        raise complain("expected a network such as 10.0.0.0/24, found {found}", f"did you mean {network}?")
    if not text.rpartition("/")[2].isdigit():
        raise complain("expected a network with the length of its prefix, found {found}", f"did you mean {network}?")
    if ipaddress.ip_address(text.partition("/")[0]) != network.network_address:
        raise complain("{found} is an address inside a network", f"did you mean {network}?")
    return text


def _duration(text: str) -> str:
    if re.fullmatch(DURATION_PATTERN, text) is None:
        raise complain("expected a duration such as 500ms, 30s, 5m, 2h or 1d, found {found}")
    return text


def _path(text: str, info: ValidationInfo) -> str:
    root = _root(info)
    if root is not None and (refusal := refuse_path(root, text)):
        problem, hint = refusal
        raise complain(f"the path {{found}} {problem}", hint)
    return text


def _playbook(text: str, info: ValidationInfo) -> str:
    _path(text, info)
    root = _root(info)
    if not text.endswith((".yml", ".yaml")):
        raise complain("expected a playbook such as playbooks/site.yml, found {found}")
    if root is not None and not (root / text).is_file():
        raise complain("the playbook {found} is not a file", "name the file itself")
    return text


def _root(info: ValidationInfo) -> Path | None:
    context = info.context
    return context["root"] if context else None


def _secret(value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(REFERENCE_PATTERN, value) is None:
        raise complain(
            "this is sensitive and must be a reference, not the value itself",
            "write env:NAME, file:path or generated:name",
        )
    return value


Port = Annotated[StrictInt, Field(ge=1, le=65535)]
SecretText = Annotated[
    Any,
    AfterValidator(_secret),
    Field(json_schema_extra={"type": "string", "pattern": REFERENCE_PATTERN}),
]
_TEXTS: dict[ParameterType, Any] = {
    ParameterType.CIDR: Annotated[StrictStr, AfterValidator(_cidr), Field(json_schema_extra={"pattern": CIDR_PATTERN})],
    ParameterType.DURATION: Annotated[
        StrictStr, AfterValidator(_duration), Field(json_schema_extra={"pattern": DURATION_PATTERN})
    ],
    ParameterType.PATH: Annotated[StrictStr, AfterValidator(_path)],
    ParameterType.PLAYBOOK: Annotated[StrictStr, AfterValidator(_playbook)],
}
