"""Reading which variables, outputs and resources a template's Terraform modules declare."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import read_text
from infraops.controlrepo.hcl.scanner import Block, BrokenHcl, scan
from infraops.controlrepo.modules.required_providers import aliases_of, called_beside, calls_elsewhere, providers_of
from infraops.errors import Place
from infraops.models.stacks.stack import Module

_PERMISSIONS = "check its permissions"


def read_modules(template: Path, shown: str, mistakes: Mistakes) -> dict[str, Module]:
    """Return the modules below `<template>/terraform/` by platform; `shown` names the template in messages.

    A platform's directory without a file of Terraform's is none.
    """
    terraform = template / "terraform"
    modules: dict[str, Module] = {}
    try:
        for directory in sorted(path for path in terraform.iterdir() if path.is_dir()) if terraform.is_dir() else ():
            if module := read_module(directory, f"{shown}/terraform/{directory.name}", mistakes):
                modules[directory.name] = replace(module, source=f"terraform/{directory.name}")
    except OSError as error:
        mistakes.add(Place(f"{shown}/terraform"), f"the directory cannot be read: {error.strerror}", _PERMISSIONS)
    return modules


def read_module(directory: Path, shown: str, mistakes: Mistakes) -> Module | None:
    """Return the module in a directory, which messages call `shown`; None where there is none."""
    blocks = _blocks_in(directory, shown, mistakes)
    if blocks is None:
        return None
    providers, elsewhere = _providers(directory, blocks)
    variables = {block.labels[0]: block.attributes for block in blocks if block.kind == "variable" and block.labels}
    return Module(
        directory=directory,
        variables=frozenset(variables),
        outputs=frozenset(block.labels[0] for block in blocks if block.kind == "output" and block.labels),
        required=frozenset(name for name, attributes in variables.items() if "default" not in attributes),
        resources=frozenset(".".join(block.labels) for block in blocks if block.kind == "resource"),
        modules=frozenset(block.labels[0] for block in blocks if block.kind == "module" and block.labels),
        types={name: attributes["type"] for name, attributes in variables.items() if "type" in attributes},
        providers=providers,
        any_provider=elsewhere,
        aliases=aliases_of(blocks),
    )


def _blocks_in(directory: Path, shown: str, mistakes: Mistakes) -> list[Block] | None:
    files = sorted(path for path in directory.iterdir() if path.name.endswith((".tf", ".tf.json")))
    return [block for path in files for block in _blocks(path, f"{shown}/{path.name}", mistakes)] if files else None


def _providers(directory: Path, blocks: list[Block]) -> tuple[dict[str, str | None], bool]:
    """Return the providers of a module and of all that it calls beside it, and whether it calls some that are not."""
    found, elsewhere = providers_of(blocks), calls_elsewhere(blocks)
    seen, waiting = {directory.resolve()}, list(called_beside(directory, blocks))
    while waiting:
        here = waiting.pop()
        if here in seen or not here.is_dir():
            continue
        seen.add(here)
        inner = _blocks_in(here, str(here), Mistakes()) or []  # who calls it is told by Terraform where it is broken
        found = {**providers_of(inner), **{name: source for name, source in found.items() if source}, **found}
        elsewhere |= calls_elsewhere(inner)
        waiting += called_beside(here, inner)
    return found, elsewhere


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
    for name, body in document.get("module", {}).items():
        yield Block("module", (name,), 1, {"source": str(body.get("source", ""))})
    required = document.get("terraform", {}).get("required_providers", {})
    wanted = {name: json.dumps(provider) for name, provider in required.items()}
    yield Block("terraform", (), 1, blocks=(Block("required_providers", (), 1, wanted),))
    for kind in ("variable", "output"):
        for name, body in document.get(kind, {}).items():
            attributes = {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
            yield Block(kind, (name,), 1, attributes)
