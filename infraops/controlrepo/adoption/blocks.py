"""The blocks of a foreign module's files, and what in them goes beyond variables and outputs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops.controlrepo.files.contents import file_text
from infraops.controlrepo.hcl.scanner import Block, BrokenHcl, scan
from infraops.controlrepo.modules.reach import configuration_files
from infraops.errors import InfraOpsError
from infraops.models.reports.wrapping import Finding, Outcome

_WORKSPACE = re.compile(r"\bterraform\.workspace\b")
_ROOTED = re.compile(r"\bpath\.(root|cwd)\b")


@dataclass(frozen=True)
class Foreign:
    """The blocks of a module, and the text of its files by name."""

    blocks: tuple[Block, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[Block]:
        """Yield the blocks of one kind that have a name."""
        return (block for block in self.blocks if block.kind == kind and block.labels)


def read_foreign(directory: Path) -> Foreign:
    """Read the files of one module. Raises InfraOpsError where one of them cannot be understood."""
    blocks: list[Block] = []
    texts: dict[str, str] = {}
    for path in configuration_files(directory):
        text = texts[path.name] = file_text(path)
        try:
            blocks += scan(text) if path.name.endswith(".tf") else _of_json(text)
        except BrokenHcl as broken:
            problem = f"{path}:{broken.line}: {broken.problem}"
            raise InfraOpsError(f"reading {directory}", problem, "close it; `terraform fmt` shows where") from None
        except (ValueError, AttributeError, TypeError):
            problem = f"{path} is not Terraform's JSON syntax"
            raise InfraOpsError(f"reading {directory}", problem, "mend it") from None
    return Foreign(tuple(blocks), texts)


def findings_beyond(foreign: Foreign) -> Iterator[Finding]:
    """Say what else there is in a module that somebody who uses it by infraops should know."""
    for block in foreign.of("provider"):
        yield Finding(
            f"provider {block.labels[0]}",
            Outcome.LEFT,
            "the module configures the provider itself",
            "it must find its credentials by itself; take the block out to have it configured from outside",
        )
    for block in (inner for outer in foreign.blocks if outer.kind == "terraform" for inner in outer.blocks):
        if block.kind in ("backend", "cloud"):
            named = f"{block.kind} {block.labels[0]}" if block.labels else block.kind
            why = "Terraform reads it in a root module alone"
            yield Finding(named, Outcome.LEFT, why, "say where state lives in environment.yaml")
        if block.kind == "required_providers":
            yield from _providers(block)
    for block in foreign.of("module"):
        if block.called_beside is None:
            why = f"`terraform init` fetches {block.called or 'it'}"
            yield Finding(f"module {block.labels[0]}", Outcome.LEFT, why)
    everything = "\n".join(foreign.texts.values())
    if _WORKSPACE.search(everything):
        why = "it is always default here: each stack has a state of its own"
        yield Finding("terraform.workspace", Outcome.LEFT, why)
    for word in sorted(set(_ROOTED.findall(everything))):
        why = "it is the directory of the rendered stack, in .infraops/"
        yield Finding(f"path.{word}", Outcome.LEFT, why, "use path.module to find the module's own files")


def _providers(block: Block) -> Iterator[Finding]:
    for name, wanted in block.attributes.items():
        if "configuration_aliases" in wanted:
            aliases = ", ".join(re.findall(r"[a-z][\w-]*\.[a-z][\w-]*", wanted)) or "several"
            why = f"the module wants to be handed configurations of it: {aliases}"
            hint = "write them under `providers` in environment.yaml, each by that name"
            yield Finding(f"required provider {name}", Outcome.LEFT, why, hint)
        else:
            yield Finding(f"required provider {name}", Outcome.MAPPED, f"kept in the module: {_requirement(wanted)}")


def _requirement(wanted: str) -> str:
    return ", ".join(re.findall(r'"([^"]*)"', wanted)) or "any version"


def _of_json(text: str) -> Iterator[Block]:
    document = json.loads(text)
    for kind, count in (("variable", 1), ("output", 1), ("module", 1), ("provider", 1), ("resource", 2), ("data", 2)):
        yield from _labelled(kind, document.get(kind, {}), count)
    for settings in _each(document.get("terraform", [])):
        inner = [
            Block(key, (), 1, {name: json.dumps(one) for name, one in part.items()})
            for key in ("required_providers",)
            for part in _each(settings.get(key, []))
        ]
        inner += [Block("backend", (name,), 1) for part in _each(settings.get("backend", [])) for name in part]
        yield Block("terraform", (), 1, {}, tuple(inner))


def _labelled(kind: str, below: Any, count: int, labels: tuple[str, ...] = ()) -> Iterator[Block]:
    if len(labels) == count:
        for body in _each(below):
            conditions = (str(one.get("condition", "")) for one in _each(body.get("validation", [])))
            validations = [
                Block("validation", (), 1, {"condition": text.removeprefix("${").removesuffix("}")})
                for text in conditions
            ]
            yield Block(kind, labels, 1, {key: _expression(key, one) for key, one in body.items()}, tuple(validations))
        return
    for part in _each(below):
        for name, inner in part.items():
            yield from _labelled(kind, inner, count, (*labels, name))


def _expression(key: str, value: Any) -> str:
    if key in ("type", "value") and isinstance(value, str):
        whole = re.fullmatch(r"\$\{([^{}]*)\}", value)
        return whole[1] if whole is not None else value if key == "type" else json.dumps(value)
    return json.dumps(value)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
