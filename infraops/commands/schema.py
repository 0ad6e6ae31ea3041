"""`infraops schema`: JSON Schemas of the control repo's files, for editors and other checkers."""

import json
from pathlib import Path
from typing import Any

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.controlrepo.schemas.json_schemas import (
    allow_schema,
    blueprint_schema,
    environment_schema,
    policy_schema,
    prices_schema,
    settings_schema,
    template_schema,
)
from infraops.errors import UsageError
from infraops.tools.files import write_file

KINDS = ("allow", "blueprint", "environment", "policy", "prices", "settings", "template")


def schemas(surroundings: Surroundings, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """Return the JSON Schemas of these kinds of file; the blueprint's knows every template of the catalog."""
    opened = open_repo(surroundings)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError("making a schema", f'there is no kind "{unknown[0]}"', f"kinds: {', '.join(KINDS)}")
    makers = {
        "allow": allow_schema,
        "blueprint": lambda: blueprint_schema(opened.repo.catalog),
        "environment": environment_schema,
        "policy": policy_schema,
        "prices": prices_schema,
        "settings": settings_schema,
        "template": template_schema,
    }
    return {kind: makers[kind]() for kind in kinds}


def write_schemas(surroundings: Surroundings) -> tuple[Path, ...]:
    """Write every schema to `.infraops/schema/`, where the blueprints' first line looks for it."""
    opened = open_repo(surroundings)
    directory = opened.workspace.scratch / "schema"
    written = []
    for kind, schema in schemas(surroundings).items():
        path = directory / f"{kind}.json"
        write_file(path, json.dumps(schema, indent=2) + "\n")
        written.append(path)
    return tuple(written)
