"""The JSON Schemas say the same as the models, as far as one file by itself can tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from infraops.controlrepo.schemas.json_schemas import (
    DIALECT,
    blueprint_schema,
    environment_schema,
    settings_schema,
    template_schema,
)
from infraops.models.stacks.repo import ControlRepo
from tests.controlrepo.trees import CATALOG, OUTPUTS, REPO, TEMPLATE, VARIABLES, blueprint, load_tree

NEWER = {
    "catalog/web-1.1/template.yaml": TEMPLATE.replace('"1.0"', '"1.1"').replace(
        "  network:",
        "  zone: {type: list, items: string, default: [a], used_by: []}\n  any: {type: list, used_by: []}\n  network:",
    ),
    "catalog/web-1.1/playbook.yml": "",
    "catalog/web-1.1/terraform/lab/main.tf": VARIABLES + OUTPUTS,
}


@pytest.fixture
def repo(tmp_path: Path) -> ControlRepo:
    return load_tree(tmp_path, NEWER)


def complaints(schema: dict[str, Any], text: str) -> list[str]:
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def test_sound_files_are_valid(repo: ControlRepo) -> None:
    assert complaints(settings_schema(), REPO["infraops.yaml"]) == []
    assert complaints(environment_schema(), REPO["inventories/lab/environment.yaml"]) == []
    assert complaints(template_schema(), CATALOG["web/template.yaml"]) == []
    assert complaints(blueprint_schema(repo.catalog), REPO["blueprints/shop.yaml"]) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (blueprint("parameters: {hosts: three}\n"), "'three' is not of type 'integer'"),
        (blueprint("parameters: {hosts: 11}\n"), "11 is greater than the maximum of 10"),
        (blueprint("parameters: {hostz: 1}\n"), "'hostz' was unexpected"),
        (blueprint("parameters: {size: medium}\n"), "'medium' is not one of ['small', 'large']"),
        (blueprint("parameters: {token: hunter2}\n"), "does not match"),
        (blueprint("parameters: {zone: [a]}\n"), "'zone' was unexpected"),
        (blueprint(environments="{lab: {hosts: 0}}"), "0 is less than the minimum of 1"),
        (blueprint(environments="{lab: {hostz: 0}}"), "'hostz' was unexpected"),
        (blueprint(environments="{lab: {zone: [a]}}"), "'zone' was unexpected"),
        (blueprint(environments="{lab: {template: web@1.1, zone: [a]}}"), ""),
        (blueprint(environments="{lab: {template: web@1.1, zone: [1]}}"), "1 is not of type 'string'"),
        (blueprint("parameters: {zone: [a], any: [1, {}]}\n", template="web@1.1"), ""),
        (blueprint(template="web@9.9"), "is not valid under any of the given schemas"),
        (blueprint("color: red\n"), "'color' was unexpected"),
        (blueprint("inputs: {1b: x.y}\n"), "does not match any of the regexes"),
        (blueprint(owner=""), "'owner' is a required property"),
        (blueprint("budget: {monthly_usd: -1}\n"), "is not valid under any of the given schemas"),
    ],
)
def test_blueprints_are_checked_by_the_parameters_of_their_template(repo: ControlRepo, text: str, problem: str) -> None:
    found = complaints(blueprint_schema(repo.catalog), text)
    assert any(problem in message for message in found) if problem else found == []


def test_a_schema_without_a_catalog_is_a_schema() -> None:
    assert complaints(blueprint_schema({}), REPO["blueprints/shop.yaml"]) == []


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def test_every_key_is_described_and_every_object_is_closed(repo: ControlRepo) -> None:
    for schema in (settings_schema(), environment_schema(), template_schema(), blueprint_schema(repo.catalog)):
        assert schema["$schema"] == DIALECT
        assert schema["title"]
        assert schema["description"]
        assert schema["additionalProperties"] is False
        models = [schema, *(part for name, part in schema.get("$defs", {}).items() if ":" not in name)]
        for model in models:
            for name, key in model.get("properties", {}).items():
                assert key.get("description"), f"{model['title']}.{name}"
        for part in parts(schema):
            if part.get("type") == "object" and ("properties" in part or "patternProperties" in part):
                assert part.get("additionalProperties") is False
            if "$ref" in part:
                assert part["$ref"].removeprefix("#/$defs/") in schema["$defs"]


def test_parameters_show_their_descriptions_and_defaults(repo: ControlRepo) -> None:
    hosts = blueprint_schema(repo.catalog)["$defs"]["parameters:web@1.0"]["properties"]["hosts"]
    assert hosts == {
        "type": "integer",
        "title": "Hosts",
        "description": "How many hosts.",
        "default": 1,
        "minimum": 1,
        "maximum": 10,
    }
