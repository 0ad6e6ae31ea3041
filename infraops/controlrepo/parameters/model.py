"""The pydantic model of a template's parameters: what checks a blueprint, and what JSON Schema is made from."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, create_model

from infraops.controlrepo.parameters.values import PREFIX, STRICT, annotation, value_annotation
from infraops.models.files.template import DeclaredOutput, Entry, Parameter, ParameterType, TemplateFile, ValueType
from infraops.models.stacks.stack import SecretReference, Template


def parameters_model(template: TemplateFile) -> type[BaseModel]:
    """Make a model with one optional field for each parameter.

    Nothing is required in it: a parameter may also come from an environment's override, its variables or an input,
    so that only the whole stack knows what is missing.
    """
    fields: dict[str, Any] = {
        PREFIX + name: (annotation(parameter), _field(name, parameter))
        for name, parameter in template.parameters.items()
    }
    return create_model(
        f"Parameters of {template.name}@{template.version}",
        __config__=STRICT,
        __doc__=template.summary,
        **fields,
    )


def _field(name: str, parameter: Parameter) -> Any:
    return Field(
        default=parameter.default,
        alias=name,
        title=name.replace("_", " ").capitalize(),
        description=parameter.description or None,
    )


def outputs_model(template: TemplateFile) -> type[BaseModel]:
    """Make a model of the stand-ins of a template's outputs."""
    fields: dict[str, Any] = {
        PREFIX + name: (value_annotation(_answered(output)), Field(default=None, alias=name))
        for name, output in template.outputs.items()
    }
    return create_model(f"Outputs of {template.name}@{template.version}", __config__=STRICT, **fields)


def _answered(output: DeclaredOutput | ValueType) -> ValueType:
    # A module answers with plain text where a blueprint would be held to a choice or to a file of its own.
    kind = ParameterType.STRING if output.type in _CHOSEN else output.type
    entries = {
        name: Entry(type=kind_of.type, items=kind_of.items, members=kind_of.members, entries=kind_of.entries)
        for name, kind_of in ((name, _answered(entry)) for name, entry in output.entries.items())
    }
    return ValueType(
        type=kind,
        items=None if output.items is None else _answered(output.items),
        members=tuple(map(_answered, output.members)),
        entries=entries,
    )


_CHOSEN = (ParameterType.ENUM, ParameterType.PATH, ParameterType.PLAYBOOK)


class ParameterModels:
    """The parameter models of templates, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, type[BaseModel]] = {}

    def of(self, template: Template) -> type[BaseModel]:
        """Return the model of a template's parameters."""
        model = self._made.get(template.reference)
        if model is None:
            model = self._made[template.reference] = parameters_model(template.file)
        return model


def secret_reference(text: str) -> SecretReference:
    """Take a reference apart that the model has checked: `env:NAME`, `file:path` or `generated:name`."""
    scheme, _, name = text.partition(":")
    return SecretReference(scheme, name)


def defaults(template: TemplateFile) -> Mapping[str, Any]:
    """Return the parameters that have a value without anybody giving one."""
    return {name: parameter.default for name, parameter in template.parameters.items() if parameter.default is not None}
