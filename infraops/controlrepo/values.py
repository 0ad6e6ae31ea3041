"""The types that a parameter may have, as pydantic knows them; their complaints are in plain words already."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationInfo
from pydantic_core import PydanticCustomError

from infraops.controlrepo.inside import refuse_path
from infraops.controlrepo.words import OWN
from infraops.models.template import DURATION_PATTERN, Parameter, ParameterType

REFERENCE_PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|generated:[a-z][a-z0-9]*([_-][a-z0-9]+)*)$"
CIDR_PATTERN = r"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"


_DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)  # escapes and classes are stepped over


def complain(problem: str, hint: str = "") -> PydanticCustomError:
    """Make an error in our own words; `{found}` in `problem` becomes the value as written."""
    return PydanticCustomError(OWN, "{problem}", {"problem": problem, "hint": hint})


def annotation(parameter: Parameter) -> Any:
    """Return the type of a parameter's value, its limits included, for a field of a pydantic model."""
    if parameter.sensitive:
        return SecretText
    match parameter.type:
        case ParameterType.LIST:
            return _limited(list[_item(parameter)], _lengths(parameter))  # type: ignore[misc]
        case ParameterType.MAP:
            return _limited(dict[str, _item(parameter)], _lengths(parameter))  # type: ignore[misc]
        case kind:
            return _scalar(kind, parameter)


def _item(parameter: Parameter) -> Any:
    if parameter.items is None:
        return JsonValue
    return _scalar(parameter.items, parameter.model_copy(update={"min": None, "max": None}))


def _scalar(kind: ParameterType, parameter: Parameter) -> Any:
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
        case ParameterType.LIST:
            return list[JsonValue]
        case ParameterType.MAP:
            return dict[str, JsonValue]
        case _:
            return _TEXTS[kind]


def _limited(kind: Any, limits: list[Any]) -> Any:
    return Annotated[(kind, *limits)] if limits else kind


def _exact(limit: float, kind: ParameterType) -> float:
    return limit if kind is ParameterType.NUMBER else int(limit)


def _lengths(parameter: Parameter) -> list[Any]:
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
