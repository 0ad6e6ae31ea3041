"""Reading which variables, outputs and resources a template's Terraform modules declare."""

import json
from collections.abc import Iterator
from pathlib import Path

from infraops.controlrepo.hcl import Block, BrokenHcl, scan
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.reading import read_text
from infraops.errors import Place
from infraops.models.stack import Module

_PERMISSIONS = "check its permissions"


def read_modules(template: Path, shown: str, mistakes: Mistakes) -> dict[str, Module]:
    """Return the modules below `<template>/terraform/` by platform; `shown` names the template in messages."""
    terraform = template / "terraform"
    modules: dict[str, Module] = {}
    try:
        for directory in sorted(path for path in terraform.iterdir() if path.is_dir()) if terraform.is_dir() else ():
            if module := _read_module(directory, f"{shown}/terraform/{directory.name}", mistakes):
                modules[directory.name] = module
    except OSError as error:
        mistakes.add(Place(f"{shown}/terraform"), f"the directory cannot be read: {error.strerror}", _PERMISSIONS)
    return modules


def _read_module(directory: Path, shown: str, mistakes: Mistakes) -> Module | None:
    files = sorted(path for path in directory.iterdir() if path.name.endswith((".tf", ".tf.json")))
    if not files:
        return None
    blocks = [block for path in files for block in _blocks(path, f"{shown}/{path.name}", mistakes)]
    variables = {block.labels[0]: block.attributes for block in blocks if block.kind == "variable" and block.labels}
    return Module(
        directory=directory,
        variables=frozenset(variables),
        outputs=frozenset(block.labels[0] for block in blocks if block.kind == "output" and block.labels),
        required=frozenset(name for name, attributes in variables.items() if "default" not in attributes),
        resources=frozenset(".".join(block.labels) for block in blocks if block.kind == "resource"),
        modules=frozenset(block.labels[0] for block in blocks if block.kind == "module" and block.labels),
        types={name: attributes["type"] for name, attributes in variables.items() if "type" in attributes},
    )


def _blocks(path: Path, shown: str, mistakes: Mistakes) -> Iterator[Block]:
    text = read_text(path, shown, mistakes)
    if text is None:
        return
    try:
        yield from scan(text) if path.name.endswith(".tf") else _json_blocks(text)
    except BrokenHcl as broken:
        mistakes.add(Place(shown, broken.line), broken.problem, "close it; `terraform fmt` shows where")
    except (ValueError, AttributeError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        mistakes.add(Place(shown, line), "this is not Terraform's JSON syntax", "mend it, or write it as .tf")


def _json_blocks(text: str) -> Iterator[Block]:
    document = json.loads(text)
    for kind, names in document.get("resource", {}).items():
        yield from (Block("resource", (kind, name), 1) for name in names)
    for name in document.get("module", {}):
        yield Block("module", (name,), 1)
    for kind in ("variable", "output"):
        for name, body in document.get(kind, {}).items():
            attributes = {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
            yield Block(kind, (name,), 1, attributes)
