"""Words that write pipelines, and that they use: ci github, gitlab, pre-commit, waves."""

from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.commands import ci as writing
from infraops.commands.context.surroundings import open_repo
from infraops.commands.pipelines import waves as group_waves
from infraops.commands.selection.stacks import Selection
from infraops.models.reports.pipeline import Forge, Written
from infraops.views.documents import plain, print_document
from infraops.views.pipelines import show_waves, show_written

Environments = Annotated[
    list[str] | None,
    typer.Option(
        "--environment",
        "-e",
        envvar="INFRAOPS_ENVIRONMENT",
        help="Only this environment; may be repeated.",
        metavar="NAME",
        autocompletion=completions.environments,
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--variable",
        envvar="INFRAOPS_VARIABLE",
        help="A secret variable that jobs are handed besides those the repo names, such as a provider's credentials.",
        metavar="NAME",
    ),
]
ProtectedBranch = Annotated[
    str | None,
    typer.Option(
        "--base",
        envvar="INFRAOPS_BASE",
        help="The protected branch; default: change.base, else the remote's first.",
        metavar="BRANCH",
    ),
]
WavesFrom = Annotated[
    int,
    typer.Option(
        "--waves-from",
        envvar="INFRAOPS_WAVES_FROM",
        min=0,
        help="Spread the apply of an environment with more stacks than this over several jobs.",
    ),
]
Force = Annotated[bool, typer.Option("--force", envvar="INFRAOPS_FORCE", help="Overwrite files that differ.")]


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    ci = typer.Typer(help="Pipelines for this control repo.", no_args_is_help=True, rich_markup_mode=None)
    command(ci)(github)
    command(ci)(gitlab)
    command(ci)(pre_commit)
    command(ci)(waves)
    app.add_typer(ci, name="ci")


def github(
    door: Door,
    environment: Environments = None,
    variable: Variables = None,
    base: ProtectedBranch = None,
    waves_from: WavesFrom = 100,
    force: Force = False,
) -> None:
    """Write GitHub workflows: validate, review, apply, drift. A file there that differs is shown, and stays.

    Example: infraops ci github --variable AWS_ACCESS_KEY_ID --variable AWS_SECRET_ACCESS_KEY
    """
    written = _write(Forge.GITHUB, door, environment, variable, base, waves_from=waves_from, force=force)
    _show("infraops/ci/v1", written, door)


def gitlab(
    door: Door,
    environment: Environments = None,
    variable: Variables = None,
    base: ProtectedBranch = None,
    waves_from: WavesFrom = 100,
    force: Force = False,
) -> None:
    """Write GitLab's pipeline: validate, review, apply, drift. A file there that differs is shown, and stays.

    Example: infraops ci gitlab -e staging -e production
    """
    written = _write(Forge.GITLAB, door, environment, variable, base, waves_from=waves_from, force=force)
    _show("infraops/ci/v1", written, door)


def pre_commit(door: Door, force: Force = False) -> None:
    """Write a hook for pre-commit that validates. A file there that differs is shown, and stays.

    Example: infraops ci pre-commit
    """
    _show("infraops/ci/v1", writing.write_hooks(door.surroundings(), force=force), door)


def waves(
    door: Door,
    selection: Selection,
    levels: Annotated[
        int,
        typer.Option(
            "--levels",
            envvar="INFRAOPS_LEVELS",
            min=0,
            help="As many levels; what lies deeper shares the last. 0: as many as there are.",
        ),
    ] = 0,
    size: Annotated[
        int, typer.Option("--size", envvar="INFRAOPS_SIZE", min=1, help="How many stacks one group has at most.")
    ] = 20,
    child: Annotated[
        bool, typer.Option("--child", envvar="INFRAOPS_CHILD", help="Write them as a child pipeline for GitLab.")
    ] = False,
    base: ProtectedBranch = None,
) -> None:
    """Put stacks in groups for parallel jobs, by level and size. --json wins over --child.

    Example: infraops ci waves -e production --changed-since HEAD~1
    """
    found = group_waves(selection, door.surroundings(), levels=levels, size=size)
    if door.streams.json:
        print_document("infraops/ci-waves/v1", plain(found), door.streams)
    elif child:
        door.streams.out.out(
            writing.child_pipeline(found, door.surroundings(), base=base).rstrip("\n"), highlight=False
        )
    else:
        show_waves(found, door.streams)


def _write(
    forge: Forge,
    door: Door,
    environment: list[str] | None,
    variable: list[str] | None,
    base: str | None,
    *,
    waves_from: int,
    force: bool,
) -> Written:
    pipeline = writing.pipeline_of(
        open_repo(door.surroundings()),
        environments=tuple(environment or ()),
        variables=tuple(variable or ()),
        base=base,
        waves_from=waves_from,
    )
    return writing.write_pipeline(forge, pipeline, door.surroundings(), force=force)


def _show(schema: str, written: Written, door: Door) -> None:
    if door.streams.json:
        print_document(schema, plain(written), door.streams)
    else:
        show_written(written, door.streams)
