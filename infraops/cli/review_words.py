"""Words for those who have to say yes to a change: review."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

import typer

from infraops.cli.door import Door, command
from infraops.cli.line_words import line_surroundings
from infraops.cli.options import DetailedExitcode, Parallelism, Refresh
from infraops.commands import review as reviewing
from infraops.commands.run_line import exit_code_of
from infraops.commands.selection import Selection
from infraops.errors import Exit
from infraops.models.review import Review
from infraops.views.documents import print_document
from infraops.views.junit import junit
from infraops.views.review.content import page_of, review_document
from infraops.views.review.html import html
from infraops.views.review.markdown import markdown
from infraops.views.review.sarif import sarif


class ReviewFormat(StrEnum):
    """How a review is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


_WRITTEN: Mapping[ReviewFormat, Callable[[Review], str]] = {
    ReviewFormat.MARKDOWN: lambda found: markdown(page_of(found)),
    ReviewFormat.HTML: html,
    ReviewFormat.SARIF: sarif,
    ReviewFormat.JUNIT: lambda found: junit(found.result).decode(),
}


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app)(review)


def review(
    door: Door,
    selection: Selection,
    form: Annotated[
        ReviewFormat,
        typer.Option(
            "--format",
            envvar="INFRAOPS_REVIEW_FORMAT",
            help="markdown, html, json, sarif or junit.",
            metavar="FORMAT",
        ),
    ] = ReviewFormat.MARKDOWN,
    destroy: bool = typer.Option(
        False, "--destroy", envvar="INFRAOPS_DESTROY", help="Review what destroying the stacks would do."
    ),
    refresh: Refresh = False,
    ask_hosts: Annotated[
        bool,
        typer.Option(
            "--ask-hosts/--no-ask-hosts",
            envvar="INFRAOPS_ASK_HOSTS",
            help="Let Ansible say, in check mode, what it would do on hosts that exist.",
        ),
    ] = True,
    parallelism: Parallelism = None,
    detailed_exitcode: DetailedExitcode = False,
) -> int:
    """Write what a change would do for who has to say yes to it. --json wins over --format.

    Example: infraops review -e lab --changed-since origin/main > review.md
    """
    with door.progress:
        found = reviewing.review(
            selection,
            line_surroundings(door),
            parallelism=parallelism,
            destroy=destroy,
            refresh=refresh,
            ask_hosts=ask_hosts,
        )
    if door.streams.json or form is ReviewFormat.JSON:
        print_document("infraops/review/v1", review_document(found), door.streams)
    else:
        door.streams.out.out(_WRITTEN[form](found).rstrip("\n"), highlight=False)
    code = exit_code_of(found.result)
    return Exit.CHANGES_PENDING if not code and detailed_exitcode and found.result.changes_pending else code
