"""Words that end at files, and are called all day: validate, render. Nothing that acts is loaded for them."""

import typer

from infraops.cli.door import Door, command
from infraops.commands import render as rendering
from infraops.commands import validate as validating
from infraops.commands.selection.stacks import Selection
from infraops.views.documents import plain, print_document
from infraops.views.repo import show_rendered, show_validated


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    for word in (validate, render):
        command(app)(word)


def validate(door: Door) -> None:
    """Check every file of the control repo. All mistakes are shown together.

    Example: infraops validate --json
    """
    result = validating.validate(door.surroundings())
    if door.streams.json:
        print_document("infraops/validate/v1", plain(result), door.streams)
    else:
        show_validated(result, door.streams)


def render(door: Door, selection: Selection) -> None:
    """Write the plain Terraform and Ansible of stacks. They go to .infraops/stacks/.

    Example: infraops render -e lab storefront
    """
    result = rendering.render(selection, door.surroundings())
    if door.streams.json:
        print_document("infraops/render/v1", {"stacks": plain(result)}, door.streams)
    else:
        show_rendered(result, door.streams)
