"""Words about versions of templates: template fetch."""

from typing import Annotated

import typer

from infraops.cli.door import Door, command
from infraops.errors import Exit
from infraops.views.documents import plain, print_document


def add_to(template: typer.Typer) -> None:
    """Add these words to the words about templates."""
    command(template)(fetch)


def fetch(
    door: Door,
    upgrade: Annotated[
        list[str] | None,
        typer.Option(
            "--upgrade",
            envvar="INFRAOPS_UPGRADE",
            help="Take this catalog as its ref stands today, not as it is locked.",
            metavar="CATALOG",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", envvar="INFRAOPS_CHECK", help="Write nothing; exit 1 where it is not as locked."),
    ] = False,
) -> int:
    """Vendor the catalogs of other git repositories. Pins them by commit, and every file by digest.

    Example: infraops template fetch --upgrade platform
    """
    from infraops.commands import fetch as fetching  # start-up time: git is asked by this word alone
    from infraops.views.fetched import show_fetched

    result = fetching.fetch(door.surroundings(), upgrade=tuple(upgrade or ()), check=check)
    if door.streams.json:
        print_document("infraops/template-fetch/v1", {**plain(result), "ok": result.ok}, door.streams)
    else:
        show_fetched(result, door.streams)
    return Exit.DONE if result.ok else Exit.FAILED
