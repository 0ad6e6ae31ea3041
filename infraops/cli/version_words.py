"""Words about templates that change: template fetch, template upgrade, template test."""

from pathlib import Path
from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.cli.options import Environment, Owners, Parallelism, Tags, one_of
from infraops.commands.selection.stacks import Selection
from infraops.errors import Exit
from infraops.views.documents import plain, print_document


def add_to(template: typer.Typer) -> None:
    """Add these words to the words about templates."""
    for word in (fetch, upgrade, test):
        command(template)(word)


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


def upgrade(
    door: Door,
    template: Annotated[
        str | None,
        typer.Argument(
            help="A template, with the version to go to; default: the newest of each stack's own.",
            autocompletion=completions.templates,
        ),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Blueprints, or globs of them; all if none is named.", autocompletion=completions.blueprints
        ),
    ] = None,
    environment: Environment = None,
    tag: Tags = None,
    owner: Owners = None,
    plan: Annotated[
        bool, typer.Option("--plan", envvar="INFRAOPS_PLAN", help="Plan the stacks as they would be.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", envvar="INFRAOPS_WRITE", help="Move the pins in the blueprints.")
    ] = False,
    parallelism: Parallelism = None,
) -> int:
    """Show what another version of a template means. Without --environment, in all of them; --write pins it.

    Example: infraops template upgrade web-service@1.1 -e staging --write
    """
    from infraops.cli.line_words import line_surroundings  # start-up time: only this word carries a line
    from infraops.commands import upgrade as upgrading
    from infraops.commands.runs.line import exit_code_of
    from infraops.views.upgrades import show_upgrades, upgrades_document

    selection = Selection(one_of(environment), tuple(names or ()), tuple(tag or ()), tuple(owner or ()))
    with door.progress:
        result = upgrading.upgrade(
            template, selection, line_surroundings(door), plans=plan, write=write, parallelism=parallelism
        )
    if door.streams.json:
        print_document("infraops/template-upgrade/v1", upgrades_document(result), door.streams)
    else:
        show_upgrades(result, door.streams)
    if result.mistakes and (plan or write):
        return Exit.USAGE
    return max((exit_code_of(run) for run in result.plans), default=Exit.DONE)


def test(
    door: Door,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Templates, with or without version; default: the control repo's own.",
            autocompletion=completions.templates,
        ),
    ] = None,
    environment: Environment = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", envvar="INFRAOPS_CASE", help="Only this case of test.yaml.")
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", envvar="INFRAOPS_JUNIT", help="Write a JUnit report to this file.", metavar="FILE"),
    ] = None,
) -> int:
    """Try templates, in a control repo of its own.

    The steps are render, create, converge, idempotence, verify, destroy.

    Example: infraops template test web-service --environment lab
    """
    from infraops.commands import try_template as trying  # start-up time: only this word carries lines
    from infraops.tools.files import write_file
    from infraops.views.junit import tests_junit
    from infraops.views.tested import show_tested

    with door.progress:
        result = trying.try_templates(
            tuple(names or ()), one_of(environment), door.surroundings(), cases=tuple(case or ())
        )
    if junit is not None:
        write_file(door.directory / junit, tests_junit(result))
    if door.streams.json:
        document = {**plain(result), "passed": not result.exit_code}
        print_document("infraops/template-test/v1", document, door.streams)
    else:
        show_tested(result, door.streams)
    return result.exit_code
