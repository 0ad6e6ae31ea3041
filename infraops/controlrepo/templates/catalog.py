"""Reading the catalog: the built-in templates, the control repo's own, and those vendored from other repositories.

All live side by side, told apart by name and version. None shadows another: a reference that two have is a mistake, so
that an upgrade of infraops, or of another repository, cannot change what a blueprint means without a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.files.inside import walk
from infraops.controlrepo.modules.declarations import read_modules
from infraops.controlrepo.parameters.model import ParameterModels
from infraops.controlrepo.templates.checking import check_template
from infraops.controlrepo.templates.pointing import point_at_modules, point_at_playbook
from infraops.controlrepo.templates.vendored import vendored_templates
from infraops.errors import Place
from infraops.models.basics.versions import reference_order, version_order
from infraops.models.files.template import TemplateFile
from infraops.models.stacks.stack import Template

_FILE = "template.yaml"


@dataclass
class Catalog:
    """The templates by reference, and the names of those that could not be read."""

    composed: Composed
    templates: dict[str, Template] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    models: ParameterModels = field(default_factory=ParameterModels)

    def versions(self, name: str) -> list[str]:
        """Return the versions that the template of this name has, the oldest first."""
        every = (template.file for template in self.templates.values())
        return sorted((file.version for file in every if file.name == name), key=version_order)


def read_catalog(root: Path, built_in: Path, mistakes: Mistakes, composed: Composed) -> Catalog:
    """Read the templates below `built_in`, below `root/catalog`, and those that `root/catalog/lock.yaml` knows."""
    catalog = Catalog(composed)
    for directory in _built_in_directories(built_in):
        _read_template(catalog, directory, str(directory), root, mistakes, built_in=True)
    for shown in _own_directories(root, mistakes):
        _read_template(catalog, (root / shown).resolve(), shown, root, mistakes)
    for one in vendored_templates(root, mistakes, composed):
        if one.intact:
            _read_template(catalog, root / one.shown, one.shown, root, mistakes, vendored_from=one.catalog)
        else:
            catalog.broken.add(one.template)
    catalog.templates = {one: catalog.templates[one] for one in sorted(catalog.templates, key=reference_order)}
    return catalog


def _built_in_directories(built_in: Path) -> list[Path]:
    return sorted(path.parent for path in built_in.glob(f"*/{_FILE}"))


def _own_directories(root: Path, mistakes: Mistakes) -> Iterator[str]:
    files = list(walk(root, "catalog", mistakes))
    present = set(files)
    for directory in dict.fromkeys("/".join(file.split("/")[:2]) for file in files if file.count("/") > 1):
        if f"{directory}/{_FILE}" in present:
            yield directory
        else:
            mistakes.add(Place(directory), f"there is no {_FILE} in it", "write one, or move the directory away")


def _read_template(
    catalog: Catalog,
    directory: Path,
    shown: str,
    root: Path,
    mistakes: Mistakes,
    *,
    built_in: bool = False,
    vendored_from: str = "",
) -> None:
    shown_file = f"{shown}/{_FILE}"
    document = read_document(directory / _FILE, shown_file, mistakes, catalog.composed)
    file = None if document is None else validate(TemplateFile, document, mistakes)
    if document is None or file is None:
        written = document.value.get("name") if document is not None else None
        catalog.broken |= {written if isinstance(written, str) else directory.name, directory.name}
        return
    before = len(mistakes)
    modules = read_modules(directory, shown, mistakes)
    pointed_at = point_at_modules(file, document, directory, root, mistakes, built_in=built_in)
    playbook = point_at_playbook(file, directory, root, built_in=built_in)
    template = Template(file, directory, built_in, {**modules, **pointed_at}, playbook, vendored_from)
    readable = len(mistakes) == before
    place = document.place("version")
    if template.reference in catalog.templates:
        other = catalog.templates[template.reference]
        by = "built into infraops" if other.built_in else f"defined in {catalog.places[template.reference].file}"
        hint = "give this one another name or version"
        if vendored_from:
            hint = (
                f"have the catalog {vendored_from} call its own otherwise, pin another ref of it, or remove the other"
            )
        mistakes.add(place, f"the template {template.reference} is already {by}", hint)
        return
    if readable and check_template(template, document, catalog.models, root, mistakes):
        catalog.templates[template.reference] = template
        catalog.places[template.reference] = place
    else:
        catalog.broken.add(file.name)
