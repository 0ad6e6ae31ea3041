"""Which keys and values a model allows at a path, read from the JSON Schema that pydantic makes of it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from infraops.controlrepo.documents.document import Step


def known_keys(model: type[BaseModel], path: Sequence[Step]) -> list[str]:
    """Return the keys that the mapping at `path` may have; empty where it has none of its own."""
    return [key for branch in _branches(model, path) for key in branch.get("properties", {})]


def allowed_values(model: type[BaseModel], path: Sequence[Step]) -> list[str]:
    """Return the values that the text at `path` may have; empty where it is free."""
    values: list[Any] = []
    for branch in _branches(model, path):
        values += branch.get("enum", [])
        if "const" in branch:
            values.append(branch["const"])
    return [str(value) for value in values]


@lru_cache(maxsize=64)
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _branches(model: type[BaseModel], path: Sequence[Step]) -> list[dict[str, Any]]:
    schema = _schema(model)
    branches = _expand(schema, schema)
    for step in path:
        branches = [found for branch in branches for below in _below(branch, step) for found in _expand(below, schema)]
    return branches


def _expand(branch: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in branch:
        return _expand(schema["$defs"][branch["$ref"].rsplit("/", 1)[1]], schema)
    either = [*branch.get("anyOf", []), *branch.get("oneOf", []), *branch.get("allOf", [])]
    return [branch, *(found for part in either for found in _expand(part, schema))]


def _below(branch: dict[str, Any], step: Step) -> list[dict[str, Any]]:
    if isinstance(step, int):
        items, places = branch.get("items"), branch.get("prefixItems", [])
        return places[step : step + 1] or ([items] if isinstance(items, dict) else [])
    if step in branch.get("properties", {}):
        return [branch["properties"][step]]
    more = [branch.get("additionalProperties"), *branch.get("patternProperties", {}).values()]
    return [found for found in more if isinstance(found, dict)]
