"""Reading the blueprints: one YAML file each, anywhere below `blueprints/`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote, suggest
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import mend, validate
from infraops.controlrepo.files.inside import walk
from infraops.controlrepo.parameters.rules import TEMPLATE_KEY
from infraops.errors import Mistake
from infraops.models.basics.base import SCHEMA
from infraops.models.files.blueprint import BlueprintFile


@dataclass(frozen=True)
class Blueprint:
    """A blueprint that is valid by itself, and the document it was read from."""

    file: BlueprintFile
    document: Document

    def override(self, environment: str) -> dict[str, Any]:
        """Return the parameters that differ in an environment; the pinned template is none of them."""
        written = self.file.environments[environment]
        return {name: value for name, value in written.items() if name != TEMPLATE_KEY}


@dataclass
class Blueprints:
    """The blueprints by name, and the names of those that could not be read."""

    known: dict[str, Blueprint] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def renamed(self) -> dict[str, str]:
        """Return the names that blueprints had before, and those that they have now."""
        found: dict[str, str] = {}
        for name, one in self.known.items():
            if one.file.moved_from is not None:
                found.setdefault(one.file.moved_from, name)
        return found


def read_blueprints(
    root: Path, templates: Sequence[str], mistakes: Mistakes, composed: Composed, edited: Mapping[str, str]
) -> Blueprints:
    """Read every blueprint below `root/blueprints`; `templates` are the references that one may name.

    `edited` holds texts that are read instead of files.
    """
    blueprints = Blueprints()
    for shown in walk(root, "blueprints", mistakes):
        if not shown.endswith((".yaml", ".yml")):
            continue
        if shown in edited:
            document = compose(edited[shown].removeprefix("\ufeff"), shown, mistakes)
        else:
            document = read_document(root / shown, shown, mistakes, composed)
        file = None if document is None else _blueprint(document, templates, mistakes)
        if document is None or file is None:
            name = document.value.get("name") if document is not None else Path(shown).stem
            blueprints.broken.add(str(name))
        elif file.name in blueprints.known:
            first = blueprints.known[file.name].document.place("name")
            problem = f"the name {quote(file.name)} is already taken by {first}"
            mistakes.add(document.place("name"), problem, "give this blueprint another name")
        else:
            blueprints.known[file.name] = Blueprint(file, document)
    return blueprints


def _blueprint(document: Document, templates: Sequence[str], mistakes: Mistakes) -> BlueprintFile | None:
    vital = ("name", "template", "environments", "parameters", "inputs")
    own = Mistakes()
    file = validate(BlueprintFile, document, own)
    mistakes.extend(_with_version(mistake, document, templates) for mistake in own)
    return file or mend(BlueprintFile, document, vital=vital, stand_ins={"schema": SCHEMA, "owner": "nobody"})


def _with_version(mistake: Mistake, document: Document, templates: Sequence[str]) -> Mistake:
    """Add to a mistake about a template's reference the one that was probably meant."""
    written = document.value.get("template")
    if mistake.hint or not isinstance(written, str) or not mistake.problem.startswith("template: "):
        return mistake
    newest = {reference.partition("@")[0]: reference for reference in templates}  # in the order of their versions
    meant = written if written in newest else "".join(get_close_matches(written, newest, n=1))
    return replace(mistake, hint=f"write {newest[meant]}" if meant else suggest(written, templates))
