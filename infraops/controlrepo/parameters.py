"""The pydantic model of a template's parameters: what checks a blueprint, and what JSON Schema is made from."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from infraops.controlrepo.values import annotation
from infraops.models.stack import SecretReference, Template
from infraops.models.template import DeclaredOutput, Parameter, ParameterType, TemplateFile

# Fields get a prefix and an alias, because a parameter may be called `schema` or `copy`, as pydantic's own methods are.
_PREFIX = "parameter_"
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


def parameters_model(template: TemplateFile) -> type[BaseModel]:
    """Make a model with one optional field for each parameter.

    Nothing is required in it: a parameter may also come from an environment's override, its variables or an input,
    so that only the whole stack knows what is missing.
    """
    fields: dict[str, Any] = {
        _PREFIX + name: (annotation(parameter), _field(name, parameter))
        for name, parameter in template.parameters.items()
    }
    return create_model(
        f"Parameters of {template.name}@{template.version}",
        __config__=_STRICT,
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
        _PREFIX + name: (annotation(_as_parameter(output)), Field(default=None, alias=name))
        for name, output in template.outputs.items()
    }
    return create_model(f"Outputs of {template.name}@{template.version}", __config__=_STRICT, **fields)


def _as_parameter(output: DeclaredOutput) -> Parameter:
    # A module answers with plain text where a blueprint would be held to a choice or to a file of its own.
    texts = dict.fromkeys((ParameterType.ENUM, ParameterType.PATH, ParameterType.PLAYBOOK), ParameterType.STRING)
    items = None if output.items is None else texts.get(output.items, output.items)
    return Parameter(type=texts.get(output.type, output.type), items=items)


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
