"""Words about the control repo itself: validate, schema, template, init, new."""

import typer

from infraops.cli.door import Door, command
from infraops.commands import validate as validating
from infraops.views.documents import plain, print_document
from infraops.views.repo import show_validated


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app)(validate)


def validate(door: Door) -> None:
    """Check every file of the control repo; all mistakes are shown together.

    Example: infraops validate --json
    """
    result = validating.validate(door.surroundings())
    if door.streams.json:
        print_document("infraops/validate/v1", plain(result), door.streams)
    else:
        show_validated(result, door.streams)
