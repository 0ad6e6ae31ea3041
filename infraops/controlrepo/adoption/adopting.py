"""What an existing root module is written down as: a template, a blueprint with its values, an environment. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infraops.controlrepo.adoption.root_modules import RootModule
from infraops.controlrepo.documents.writing import yaml_value
from infraops.controlrepo.parameters.rules import MACHINES, STANDARD
from infraops.models.basics.base import SCHEMA

VERSION = "1.0"
_KINDS = {"string": "string", "number": "number", "bool": "boolean"}
_NESTED = {"list": "list", "set": "list", "tuple": "list", "map": "map", "object": "map"}


@dataclass(frozen=True)
class Wish:
    """What an adopted root module is to be called, where it is to run, and who answers for it."""

    name: str
    template: str
    environment: str
    platform: str
    owner: str


@dataclass(frozen=True)
class Written:
    """The texts of an adopted root module, the values of its secrets by parameter, and what is to be known of it."""

    template: str
    blueprint: str
    secrets: Mapping[str, Any]
    notes: tuple[str, ...]


def write_down(module: RootModule, values: Mapping[str, Any], outputs: Mapping[str, Any], wish: Wish) -> Written:
    """Write a root module down, with the values of its variables and the outputs that its state has."""
    parameters: dict[str, dict[str, Any]] = {}
    given: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    notes: list[str] = []
    for name, attributes in module.variables.items():
        value = values.get(name)
        if name in (*STANDARD, MACHINES):
            notes.append(f"the variable {name} is given by infraops itself")
            continue
        kind = _kind(attributes.get("type"), value)
        if kind is None:
            notes.append(f"the variable {name} has neither a type nor a value, and is no parameter")
            continue
        sensitive = attributes.get("sensitive") == "true"
        parameters[name] = _parameter(kind, attributes, sensitive=sensitive)
        if value is not None and sensitive:
            secrets[name] = value
            given[name] = f"env:TF_VAR_{name}"
            notes.append(f"the value of {name} is a secret: set TF_VAR_{name} where infraops runs")
        elif value is not None:
            given[name] = value
    return Written(
        template=_template(wish, parameters, _outputs(outputs, module)),
        blueprint=_blueprint(wish, given),
        secrets=secrets,
        notes=tuple(notes),
    )


def environment_text(wish: Wish) -> str:
    """Write the file of a new environment, whose states are on this machine."""
    lines = [
        "# yaml-language-server: $schema=../../.infraops/schema/environment.json",
        f"schema: {SCHEMA}",
        f"name: {yaml_value(wish.environment)}",
        f"platform: {yaml_value(wish.platform)}",
    ]
    return "\n".join(lines) + "\n"


def _kind(constraint: str | None, value: Any) -> str | None:
    """Return the type of a parameter for a variable; None where nothing tells it."""
    if constraint is not None and constraint.strip('"') != "any":
        written = constraint.strip('"').partition("(")[0].strip()
        return _KINDS.get(written) or _NESTED.get(written)
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case _:
            return "map"


def _parameter(kind: str, attributes: Mapping[str, str], *, sensitive: bool) -> dict[str, Any]:
    required = "default" not in attributes
    description = _plain(attributes.get("description", ""))
    return {
        "type": kind,
        **({"description": description} if description else {}),
        **({"required": True} if required else {}),
        **({"sensitive": True} if sensitive else {}),
        "used_by": ["terraform"],
    }


def _plain(expression: str) -> str:
    """Return the text of a plain string; nothing for what has to be worked out."""
    inner = expression[1:-1]
    quoted = len(expression) > 1 and expression[0] == expression[-1] == '"'
    return inner if quoted and not any(mark in inner for mark in ("\\", "${", "%{", '"')) else ""


def _outputs(outputs: Mapping[str, Any], module: RootModule) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "type": _kind(None, output.get("value")) or "string",
            **({"sensitive": True} if output.get("sensitive") else {}),
        }
        for name, output in outputs.items()
        if name in module.outputs
    }


def _template(wish: Wish, parameters: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    lines = [
        "# yaml-language-server: $schema=../../.infraops/schema/template.json",
        f"schema: {SCHEMA}",
        f"name: {yaml_value(wish.template)}",
        f'version: "{VERSION}"',
        f"summary: The root module {wish.name}, as it was before infraops ran it.",
        *(["local_safe: true"] if wish.platform == "local" else []),
        *_section("parameters", parameters),
        *_section("outputs", outputs),
    ]
    return "\n".join(lines) + "\n"


def _blueprint(wish: Wish, given: Mapping[str, Any]) -> str:
    lines = [
        "# yaml-language-server: $schema=../.infraops/schema/blueprint.json",
        f"schema: {SCHEMA}",
        f"name: {yaml_value(wish.name)}",
        f"template: {wish.template}@{VERSION}",
        f"owner: {yaml_value(wish.owner)}",
        *_section("parameters", given),
        "environments:",
        f"  {yaml_value(wish.environment)}: {{}}",
    ]
    return "\n".join(lines) + "\n"


def _section(key: str, entries: Mapping[str, Any]) -> Iterator[str]:
    if entries:
        yield f"{key}:"
        yield from (f"  {yaml_value(name)}: {yaml_value(entry)}" for name, entry in entries.items())
