"""Reading what a template points at: modules and a playbook that lie elsewhere than in the usual directories."""

from dataclasses import replace
from pathlib import Path

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote
from infraops.controlrepo.modules.declarations import read_module
from infraops.controlrepo.modules.reach import reach_of
from infraops.controlrepo.templates.placing import Spot, find_spot, strays
from infraops.models.files.template import TemplateFile
from infraops.models.stacks.stack import Module


def point_at_modules(
    file: TemplateFile, document: Document, template: Path, root: Path, mistakes: Mistakes, *, built_in: bool
) -> dict[str, Module]:
    """Return the modules that `modules` names, by platform; take down those that cannot be."""
    found: dict[str, Module] = {}
    for platform, written in file.modules.items():
        place = document.place("modules", platform)
        spot = find_spot(template, written, root, built_in=built_in)
        if not isinstance(spot, Spot):
            mistakes.add(place, f"modules.{platform}: the path {quote(written)} {spot[0]}", spot[1])
            continue
        module = read_module(spot.path, _shown(spot.path, root), mistakes) if spot.path.is_dir() else None
        if module is None:
            problem = f"modules.{platform}: there is no Terraform module in {quote(written)}"
            mistakes.add(place, problem, "name a directory with .tf files")
            continue
        within = root if spot.elsewhere else template
        outside = reach_of(spot.path).outside
        for stray in strays(outside, within):
            problem = f"modules.{platform}: the module uses {stray}, outside of the "
            problem += "control repo" if spot.elsewhere else "template, which is copied before it is used"
            mistakes.add(place, problem, "move it to where the module can take it along")
        found[platform] = replace(module, source=spot.written, in_place=spot.elsewhere, outside=outside)
    return found


def point_at_playbook(file: TemplateFile, template: Path, root: Path, *, built_in: bool) -> str | None:
    """Return the playbook elsewhere in the control repo that the template names, relative to that; None if it does not.

    What cannot be is taken down where the template is checked.
    """
    if file.playbook is None:
        return None
    spot = find_spot(template, file.playbook, root, built_in=built_in)
    return spot.written if isinstance(spot, Spot) and spot.elsewhere else None


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
