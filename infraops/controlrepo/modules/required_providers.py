"""Which providers a Terraform module works with: those that it requires, and those that its resources belong to."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from infraops.controlrepo.hcl.scanner import Block

_SOURCE = re.compile(r'\bsource"?\s*[=:]\s*"([^"]+)"')
_ALIASES = re.compile(r"\bconfiguration_aliases\"?\s*[=:]\s*\[([^\]]*)\]")
_ALIAS = re.compile(r"[a-z][\w-]*\.[a-z][\w-]*")
_OF_A_PROVIDER = ("resource", "data", "ephemeral")
_WITHOUT = "terraform"  # terraform_data, terraform_remote_state: built in


def providers_of(blocks: Iterable[Block]) -> dict[str, str | None]:
    """Return the providers of a module's own blocks, with their sources where it names them."""
    found: dict[str, str | None] = {}
    for block in blocks:
        if block.kind in _OF_A_PROVIDER and block.labels:
            found.setdefault(block.labels[0].split("_", 1)[0], None)
    for name, text in _required(blocks):
        source = _SOURCE.search(text)
        found[name] = source.group(1) if source else None
    found.pop(_WITHOUT, None)
    return found


def aliases_of(blocks: Iterable[Block]) -> frozenset[str]:
    """Return the providers that a module must be handed by another name, such as `aws.us_east_1`."""
    lists = (found.group(1) for _, text in _required(blocks) for found in _ALIASES.finditer(text))
    return frozenset(alias for text in lists for alias in _ALIAS.findall(text))


def called_beside(directory: Path, blocks: Iterable[Block]) -> Iterator[Path]:
    """Yield the directories of the modules that a module calls by a relative path."""
    for block in blocks:
        if block.called_beside is not None:
            yield (directory / block.called_beside).resolve()


def calls_elsewhere(blocks: Iterable[Block]) -> bool:
    """Whether a module calls one that is fetched, and whose providers nobody here can know."""
    return any(block.called is not None and block.called_beside is None for block in blocks)


def _required(blocks: Iterable[Block]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        if block.kind == "terraform":
            for inner in block.blocks:
                if inner.kind == "required_providers":
                    yield from inner.attributes.items()
