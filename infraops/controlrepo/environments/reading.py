"""Reading the environments: `inventories/<name>/environment.yaml`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import mend, validate
from infraops.controlrepo.environments.provider_settings import check_providers
from infraops.controlrepo.environments.state_settings import check_state
from infraops.controlrepo.files.inside import walk
from infraops.controlrepo.parameters.rules import MACHINES, STANDARD
from infraops.errors import Place
from infraops.models.basics.base import SCHEMA
from infraops.models.files.environment import EnvironmentFile
from infraops.models.stacks.stack import Environment

_FILE = "environment.yaml"
_SHARED = ("group_vars", "host_vars")  # Ansible lets them stand beside the inventories


@dataclass
class Environments:
    """The environments by name, their documents, and the names of those that could not be read."""

    known: dict[str, Environment] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """All names, of those that could not be read too."""
        return sorted({*self.known, *self.broken})


def read_environments(root: Path, mistakes: Mistakes) -> Environments:
    """Read every environment below `root/inventories`."""
    environments = Environments()
    for name in _directories(root, mistakes):
        shown = f"inventories/{name}/{_FILE}"
        document = read_document(root / shown, shown, mistakes)
        file = None if document is None else _environment(document, mistakes)
        if document is None or file is None:
            environments.broken.add(name)
            continue
        if file.name != name:
            problem = f"the environment is called {quote(file.name)}, but its directory {quote(name)}"
            mistakes.add(document.place("name"), problem, "give both the same name")
            environments.broken |= {name, file.name}
            continue
        _refuse_standard_variables(document, mistakes)
        check_providers(file, document, mistakes)
        check_state(file, document, mistakes)
        environments.known[name] = Environment(file, root / "inventories" / name)
        environments.documents[name] = document
    return environments


def _environment(document: Document, mistakes: Mistakes) -> EnvironmentFile | None:
    vital = ("name", "platform", "variables", "hosts")
    file = validate(EnvironmentFile, document, mistakes)
    return file or mend(EnvironmentFile, document, vital=vital, stand_ins={"schema": SCHEMA})


def _refuse_standard_variables(document: Document, mistakes: Mistakes) -> None:
    for name in (*STANDARD, MACHINES):
        if name in document.value.get("variables", {}):
            problem = f"variables.{name}: infraops itself hands this to every module"
            mistakes.add(document.place("variables", name), problem, "give the variable another name")


def _directories(root: Path, mistakes: Mistakes) -> Iterator[str]:
    files = set(walk(root, "inventories", mistakes))
    for name in sorted({file.split("/")[1] for file in files if file.count("/") > 1}):
        if f"inventories/{name}/{_FILE}" in files:
            yield name
        elif f"inventories/{name}/environment.yml" in files:
            mistakes.add(Place(f"inventories/{name}/environment.yml"), "the name ends in .yml", f"call it {_FILE}")
        elif name not in _SHARED:
            mistakes.add(
                Place(f"inventories/{name}"), f"there is no {_FILE} in it", "write one, or move the directory away"
            )
