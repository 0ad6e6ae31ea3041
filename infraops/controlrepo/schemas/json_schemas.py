"""JSON Schemas (draft 2020-12) of the control repo's files, so that an editor completes and checks them.

They say the same as the models do for one file by itself; what needs the whole control repo (names, cycles, files that
must exist) only `infraops validate` can tell.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from infraops.controlrepo.parameters.model import parameters_model
from infraops.controlrepo.parameters.rules import TEMPLATE_KEY
from infraops.controlrepo.schemas.field_words import describe
from infraops.models.files.allowance import AllowFile
from infraops.models.files.blueprint import BlueprintFile
from infraops.models.files.environment import EnvironmentFile
from infraops.models.files.policy import PolicyFile
from infraops.models.files.prices import PriceFile
from infraops.models.files.settings import SettingsFile
from infraops.models.files.template import TemplateFile
from infraops.models.stacks.stack import Template

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> Schema:
    """Return the schema of `infraops.yaml`."""
    return _schema(SettingsFile, "infraops.yaml: settings of the control repo")


def environment_schema() -> Schema:
    """Return the schema of `inventories/<name>/environment.yaml`."""
    return _schema(EnvironmentFile, "environment.yaml: where stacks live")


def template_schema() -> Schema:
    """Return the schema of a catalog's `template.yaml`."""
    return _schema(TemplateFile, "template.yaml: an assembly-line template")


def policy_schema() -> Schema:
    """Return the schema of the files below `policies/`."""
    return _schema(PolicyFile, "policy: rules over plans, their severities, waivers")


def allow_schema() -> Schema:
    """Return the schema of the file that `--allow` names."""
    return _schema(AllowFile, "allow: what an untrusted branch may be made of")


def prices_schema() -> Schema:
    """Return the schema of the files below `prices/`."""
    return _schema(PriceFile, "prices: what resources cost")


def blueprint_schema(catalog: Mapping[str, Template]) -> Schema:
    """Return the schema of a blueprint; which parameters it may have follows from the template that it names."""
    schema = _schema(BlueprintFile, "blueprint: one service")
    if not catalog:
        return schema
    properties, definitions = schema["properties"], schema.setdefault("$defs", {})
    properties["template"] = {
        **properties["template"],
        "anyOf": [{"const": name, "description": one.file.summary} for name, one in catalog.items()],
    }
    for reference, template in catalog.items():
        parameters = _parameters(template)
        definitions.update(parameters.pop("$defs", {}))  # its references count from the top
        definitions[f"parameters:{reference}"] = parameters
        definitions[f"override:{reference}"] = _override(parameters, template, catalog)
    schema["allOf"] = [_when({"template": {"const": reference}}, _then(reference, catalog)) for reference in catalog]
    return schema


def _schema(model: type[BaseModel], title: str) -> Schema:
    schema = describe(model.model_json_schema())
    return {"$schema": DIALECT, **schema, "title": title}


def _parameters(template: Template) -> Schema:
    schema = describe(parameters_model(template.file).model_json_schema())
    for name, parameter in template.file.parameters.items():
        if parameter.default is None:
            schema["properties"][name].pop("default", None)
    return schema


def _override(parameters: Schema, template: Template, catalog: Mapping[str, Template]) -> Schema:
    """Make the schema of a blueprint's entry for an environment that ends up with this version of the template."""
    versions = [name for name, one in catalog.items() if one.file.name == template.file.name]
    pin = {"description": "Another version of the template, in this environment alone.", "enum": versions}
    title = f"What differs from `parameters`, for {template.reference}"
    return {**parameters, "title": title, "properties": {TEMPLATE_KEY: pin, **parameters["properties"]}}


def _when(properties: Schema, then: Schema) -> Schema:
    return {"if": {"properties": properties, "required": list(properties)}, "then": then}


def _then(reference: str, catalog: Mapping[str, Template]) -> Schema:
    """Say what follows from the template: its parameters, and in each environment those of the version pinned there."""
    name = catalog[reference].file.name
    alike = [other for other, one in catalog.items() if one.file.name == name]
    pinned = [_when({TEMPLATE_KEY: {"const": other}}, _ref(f"override:{other}")) for other in alike]
    unpinned = {"if": {"not": {"required": [TEMPLATE_KEY]}}, "then": _ref(f"override:{reference}")}
    return {
        "properties": {
            "parameters": _ref(f"parameters:{reference}"),
            "environments": {"additionalProperties": {"allOf": [unpinned, *pinned]}},
        }
    }


def _ref(definition: str) -> Schema:
    return {"$ref": f"#/$defs/{definition}"}
