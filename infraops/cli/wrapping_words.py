"""The word that makes templates of what exists already: template import."""

from pathlib import Path
from typing import Annotated

import typer

from infraops.cli.door import Door, Finished, command
from infraops.commands import wrapping
from infraops.errors import Exit
from infraops.views.documents import plain, print_document
from infraops.views.wrapping import show_wrapped


def add_to(template: typer.Typer) -> None:
    """Add the word to those about templates."""
    command(template, "import")(import_templates)


def import_templates(
    door: Door,
    directory: Annotated[Path, typer.Argument(help="A Terraform module, or a directory of several.")],
    name: Annotated[
        str | None, typer.Option("--name", envvar="INFRAOPS_NAME", help="The template's name; else the directory's.")
    ] = None,
    version: Annotated[
        str, typer.Option("--version", envvar="INFRAOPS_TEMPLATE_VERSION", help="The template's version.")
    ] = "1.0",
    platform: Annotated[
        str | None,
        typer.Option("--platform", envvar="INFRAOPS_PLATFORM", help="The platform; else what its resources tell."),
    ] = None,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", envvar="INFRAOPS_PLAYBOOK", help="What configures its hosts.")
    ] = None,
    hosts_from: Annotated[
        str | None,
        typer.Option("--hosts-from", envvar="INFRAOPS_HOSTS_FROM", help="The output with the hosts' addresses."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", envvar="INFRAOPS_ALL_MODULES", help="Every module below the directory, too.")
    ] = False,
) -> None:
    """Make a template of a Terraform module, and of a playbook.

    Not a byte of either is changed.

    Example: infraops template import modules/vpc --name network --platform aws
    """
    request = wrapping.Request(directory, name, version, platform, playbook, hosts_from, everything=everything)
    results = wrapping.import_templates(request, door.surroundings())
    if door.streams.json:
        print_document("infraops/template-import/v1", {"modules": plain(results)}, door.streams)
    else:
        show_wrapped(results, door.streams)
    if any(result.error for result in results):
        raise Finished(Exit.FAILED)
