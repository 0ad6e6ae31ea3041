"""The word that takes over what others have made: import stack."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.cli.options import Yes
from infraops.commands import import_stack as adopting
from infraops.errors import Exit
from infraops.models.reports.answers import Adoption
from infraops.views.adoption import adoption_document, show_adopted, show_adoption, show_difference
from infraops.views.documents import print_document


def add_to(app: typer.Typer) -> None:
    """Add this word to the program."""
    importing = typer.Typer(help="Take over what exists.", no_args_is_help=True, rich_markup_mode=None)
    command(importing)(stack)
    app.add_typer(importing, name="import")


def stack(
    door: Door,
    directory: Annotated[Path, typer.Argument(help="Where Terraform is run by now.")],
    environment: Annotated[
        str,
        typer.Option(
            "--environment",
            "-e",
            envvar="INFRAOPS_ENVIRONMENT",
            help="Where it runs; one that is not there yet is made.",
            autocompletion=completions.environments,
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--name", envvar="INFRAOPS_NAME", help="The stack's name; else the directory's.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", envvar="INFRAOPS_NEW_OWNER", help="Who answers for it.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option("--platform", envvar="INFRAOPS_PLATFORM", help="The platform of a new environment.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", envvar="INFRAOPS_IMPORT_STATE", help="A copy of its state, as a file.")
    ] = None,
    var_file: Annotated[
        list[Path] | None,
        typer.Option("--var-file", envvar="INFRAOPS_VAR_FILE", help="Values, as for Terraform's -var-file."),
    ] = None,
    yes: Yes = False,
) -> int:
    """Make a stack of an existing root module and its state.

    Shows what would be written, and asks. The directory and its state are only read. Where the first plan is not empty,
    it is shown, and nothing is written.

    Example: infraops import stack terraform/prod/network -e production
    """
    aside = door.streams.aside if door.streams.json or not yes else door.streams

    def agree(found: Adoption) -> None:
        show_adoption(found, aside)
        if not yes:
            door.demand("Write that? Only 'yes' goes on: ", doing=f"importing {found.stack}")

    owner = owner or f"team-{getpass.getuser()}"
    request = adopting.Request(directory, environment, owner, name, platform, state, tuple(var_file or ()))
    with door.progress:
        result = adopting.import_stack(request, door.surroundings(), agree=agree)
    if door.streams.json:
        print_document("infraops/import-stack/v1", adoption_document(result), door.streams)
    elif result.written:
        show_adopted(result, door.streams)
    else:
        show_difference(result, door.streams)
    return Exit.DONE if result.written else Exit.FAILED
