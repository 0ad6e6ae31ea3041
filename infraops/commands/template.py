"""`infraops template list|show`: what the catalog offers."""

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.selection.stacks import did_you_mean
from infraops.errors import UsageError
from infraops.models.stacks.stack import Template


def list_templates(surroundings: Surroundings) -> tuple[Template, ...]:
    """Return every template of the catalog, by reference."""
    catalog = open_repo(surroundings).repo.catalog
    return tuple(catalog.values())


def find_template(name: str, surroundings: Surroundings) -> Template:
    """Return one template by its name or its reference."""
    templates = list_templates(surroundings)
    matching = [each for each in templates if name in (each.reference, each.file.name)]
    if not matching:
        known = sorted({each.file.name for each in templates})
        raise UsageError("looking up the template", f'there is no template "{name}"', did_you_mean(name, known))
    return matching[-1]  # without a version, the newest
