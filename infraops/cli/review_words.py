"""Words for those who have to say yes to a change: review, approve."""

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infraops.assessment.statements import write_change
from infraops.cli.door import Door, command
from infraops.cli.line_words import line_surroundings
from infraops.cli.options import (
    Allow,
    Base,
    DetailedExitcode,
    Infracost,
    Key,
    Limit,
    Orphans,
    Parallelism,
    Refresh,
    Replace,
    Untrusted,
    Yes,
    distrust_of,
)
from infraops.commands import approve as approving
from infraops.commands import review as reviewing
from infraops.commands.review import End
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.errors import Exit, UsageError
from infraops.models.ledger.changes import Claimed
from infraops.models.reports.review import Review
from infraops.tools.files import write_file
from infraops.views.approvals import show_approved, show_change, show_unwritten
from infraops.views.documents import document_text, plain, print_document
from infraops.views.junit import junit
from infraops.views.review.code_quality import code_quality
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


class ApprovalPlace(StrEnum):
    """Where an approval is put."""

    FILES = "files"
    LEDGER = "ledger"


_WRITTEN: Mapping[ReviewFormat, Callable[[Review], str]] = {
    ReviewFormat.MARKDOWN: lambda found: markdown(page_of(found)),
    ReviewFormat.HTML: html,
    ReviewFormat.SARIF: sarif,
    ReviewFormat.JUNIT: lambda found: junit(found.result).decode(),
}


# The longest ending first.
_ENDINGS: Mapping[str, Callable[[Review], str]] = {
    ".quality.json": code_quality,
    ".json": lambda found: document_text("infraops/review/v1", review_document(found)),
    ".md": _WRITTEN[ReviewFormat.MARKDOWN],
    ".html": _WRITTEN[ReviewFormat.HTML],
    ".sarif": _WRITTEN[ReviewFormat.SARIF],
    ".xml": _WRITTEN[ReviewFormat.JUNIT],
}


def _form_of(file: Path) -> Callable[[Review], str]:
    """Return what writes a review to a file of such a name; UsageError where its ending says nothing."""
    for ending, write in _ENDINGS.items():
        if file.name.endswith(ending):
            return write
    raise UsageError("writing the review", f"{file} says no format", f"let it end in {', '.join(_ENDINGS)}")


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app)(review)
    command(app)(approve)


def review(
    door: Door,
    selection: Selection,
    claimed: Claimed,
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
    forget: bool = typer.Option(
        False, "--forget", envvar="INFRAOPS_FORGET", help="Review what letting go of the stacks would do."
    ),
    orphans: Orphans = False,
    replace: Replace = None,
    limit: Limit = None,
    refresh: Refresh = False,
    infracost: Infracost = None,
    change: Annotated[
        Path | None,
        typer.Option(
            "--change", envvar="INFRAOPS_CHANGE", help="Also write what `approve` signs to this file.", metavar="FILE"
        ),
    ] = None,
    also: Annotated[
        list[Path] | None,
        typer.Option(
            "--also",
            envvar="INFRAOPS_ALSO",
            help="Also write it to this file, as its ending says: .md, .html, .json, .sarif, .xml, .quality.json.",
            metavar="FILE",
        ),
    ] = None,
    ask_hosts: Annotated[
        bool,
        typer.Option(
            "--ask-hosts/--no-ask-hosts",
            envvar="INFRAOPS_ASK_HOSTS",
            help="Let Ansible say, in check mode, what it would do on hosts that exist.",
        ),
    ] = True,
    untrusted: Untrusted = False,
    allow: Allow = None,
    parallelism: Parallelism = None,
    detailed_exitcode: DetailedExitcode = False,
) -> int:
    """Write what a change would do for who has to say yes to it. --json wins over --format.

    Example: infraops review -e lab --changed-since origin/main > review.md
    """
    forms = {path: _form_of(path) for path in also or ()}
    with door.progress:
        found = reviewing.review(
            dataclasses.replace(selection, orphans=orphans),
            line_surroundings(door),
            parallelism=parallelism,
            end=_end(destroy=destroy, forget=forget),
            replace=tuple(replace or ()),
            limit=tuple(limit or ()),
            refresh=refresh,
            infracost=infracost,
            ask_hosts=ask_hosts,
            claimed=claimed,
            distrust=distrust_of(untrusted=untrusted, allow=allow, base=claimed.base or None),
        )
    if change is not None and found.change is not None:
        write_file(door.directory / change, write_change(found.change))
    elif change is not None:
        show_unwritten(change, door.streams, is_there=(door.directory / change).exists())
    for path, write in forms.items():
        write_file(door.directory / path, write(found).rstrip("\n") + "\n")
    if door.streams.json or form is ReviewFormat.JSON:
        print_document("infraops/review/v1", review_document(found), door.streams)
    else:
        door.streams.out.out(_WRITTEN[form](found).rstrip("\n"), highlight=False)
    code = exit_code_of(found.result)
    return Exit.CHANGES_PENDING if not code and detailed_exitcode and found.result.changes_pending else code


def _end(*, destroy: bool, forget: bool) -> End | None:
    if destroy and forget:
        raise UsageError("choosing what to review", "--destroy does not go with --forget", "leave one of them out")
    if destroy:
        return End.DESTROY
    return End.FORGET if forget else None


def approve(
    door: Door,
    change: Annotated[str, typer.Argument(help="A run of `review`, or the file that it wrote.")],
    key: Key = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            envvar="INFRAOPS_EXPIRES",
            help="For how long it is good; default: as long as may be.",
            metavar="TIME",
        ),
    ] = None,
    to: Annotated[
        ApprovalPlace,
        typer.Option("--to", envvar="INFRAOPS_APPROVE_TO", help="files, to be committed, or ledger.", metavar="PLACE"),
    ] = ApprovalPlace.FILES,
    after: Annotated[
        bool, typer.Option("--after", envvar="INFRAOPS_AFTER", help="Review the run of an emergency, afterwards.")
    ] = False,
    base: Base = None,
    yes: Yes = False,
) -> None:
    """Sign what a review found, so that exactly that may be applied. Shows it, and asks.

    Example: infraops approve 20261122-101500-ab12
    """
    surroundings = door.surroundings()
    find = approving.find_emergency if after else approving.find_change
    found = find(change, surroundings)
    signing = approving.Signing(key, expires, to is ApprovalPlace.LEDGER, base or "", after)
    ready = approving.prepare(found, signing, surroundings)
    if not yes or not door.streams.json:
        show_change(found, door.streams.aside if not yes else door.streams)
    if not yes:
        door.demand("Sign this? Only 'yes' goes on: ", doing="approving a change")
    approved = approving.approve(ready, surroundings)
    if door.streams.json:
        print_document("infraops/approve/v1", plain(approved), door.streams)
    else:
        show_approved(approved, door.streams, after=after)
