"""Local states, whatever blueprint they were made from: what they hold, and a card that says what it was."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Outputs
from infraops.models.stacks.stack import Stack
from infraops.tools.files import write_file
from infraops.tools.terraform.state.outputs import outputs_of

_PROVIDER = re.compile(r'provider\["(?P<source>[^"]+)"\]')
_BUILT_IN = "terraform.io/builtin/terraform"


@dataclass(frozen=True)
class Card:
    """What was applied, noted beside its state for the day its blueprint is gone. Without one, the worst is assumed."""

    template: str = ""
    protected: bool = True
    owner: str = ""
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leftover:
    """A state that holds resources: of which stack, how many, and of which providers (their sources)."""

    environment: str
    blueprint: str
    resources: int
    providers: tuple[str, ...]
    card: Card
    outputs: Outputs

    @property
    def stack(self) -> str:
        """The full name of the stack it belongs to."""
        return f"{self.environment}/{self.blueprint}"


def note_card(state: Path, stack: Stack) -> None:
    """Note beside a stack's state what is about to be applied."""
    card = {
        "template": stack.template.reference,
        "protected": stack.template.file.protected,
        "owner": stack.owner,
        "depends_on": list(stack.depends_on),
    }
    write_file(_card_file(state), json.dumps(card, indent=2, sort_keys=True) + "\n", mode=0o600)


def leftovers(directory: Path, known: frozenset[str]) -> Iterator[Leftover]:
    """Find the states below a directory that hold resources of stacks that are not among the known ones.

    Raises InfraOpsError where such a state cannot be read.
    """
    for state in sorted(directory.glob("*/*.tfstate")):
        if f"{state.parent.name}/{state.stem}" in known:
            continue
        document = _document(state)
        if resources := _managed(document):
            found = {match["source"] for each in resources if (match := _PROVIDER.search(str(each.get("provider"))))}
            providers = tuple(sorted(found - {_BUILT_IN}))
            outputs = outputs_of(document.get("outputs", {}), stack=f"{state.parent.name}/{state.stem}")
            yield Leftover(state.parent.name, state.stem, len(resources), providers, _card(state), outputs)


def holds_resources(state: Path) -> bool:
    """Whether there is a state file that holds resources. Raises InfraOpsError where it cannot be read."""
    return state.exists() and bool(_managed(_document(state)))


def module_without_resources(providers: tuple[str, ...]) -> str:
    """Write a module that names these providers and nothing else: planned against a state, all of it is to go."""
    if not providers:
        return "# Nothing is declared any more.\n"
    names = {source.rpartition("/")[2]: source for source in providers}
    width = max(map(len, names))
    lines = [f'    {name:<{width}} = {{ source = "{source}" }}' for name, source in sorted(names.items())]
    return "terraform {\n  required_providers {\n" + "\n".join(lines) + "\n  }\n}\n"


def _managed(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in document.get("resources", ()) if each.get("mode") == "managed"]


def _card_file(state: Path) -> Path:
    return state.with_name(f"{state.stem}.card.json")


def _card(state: Path) -> Card:
    try:
        noted = json.loads(_card_file(state).read_text(encoding="utf-8"))
        return Card(noted["template"], bool(noted["protected"]), noted["owner"], tuple(noted["depends_on"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Card()


def _document(state: Path) -> dict[str, Any]:
    try:
        document = json.loads(state.read_bytes())
    except (OSError, ValueError) as error:
        raise InfraOpsError(f"reading the state {state}", str(error), "restore it from the copies beside it") from error
    return document if isinstance(document, dict) else {}
