"""The options that several commands share, each with its environment variable."""

from typing import Annotated

import typer

from infraops.commands.selection import Selection

Names = Annotated[list[str] | None, typer.Argument(help="Blueprints, or globs of them; all if none is named.")]
Environment = Annotated[
    str | None,
    typer.Option("--environment", "-e", envvar="INFRAOPS_ENVIRONMENT", help="The environment.", metavar="NAME"),
]
Tags = Annotated[list[str] | None, typer.Option("--tag", envvar="INFRAOPS_TAG", help="Only stacks with this tag.")]
Owners = Annotated[list[str] | None, typer.Option("--owner", envvar="INFRAOPS_OWNER", help="Only this owner's stacks.")]
WithDependencies = Annotated[
    bool,
    typer.Option("--with-dependencies", envvar="INFRAOPS_WITH_DEPENDENCIES", help="Add what the chosen stacks need."),
]
WithDependents = Annotated[
    bool,
    typer.Option("--with-dependents", envvar="INFRAOPS_WITH_DEPENDENTS", help="Add what needs the chosen stacks."),
]
Parallelism = Annotated[
    int | None,
    typer.Option(
        "--parallelism", "-p", envvar="INFRAOPS_PARALLELISM", min=1, help="Stacks at once; default: the cores."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", envvar="INFRAOPS_YES", help="Answer the question with yes.")]
Limit = Annotated[
    list[str] | None, typer.Option("--limit", envvar="INFRAOPS_LIMIT", help="Configure only this host, even if proven.")
]
Replace = Annotated[
    list[str] | None,
    typer.Option("--replace", envvar="INFRAOPS_REPLACE", help="Make this resource (address or host name) anew."),
]
Until = Annotated[
    str | None, typer.Option("--until", envvar="INFRAOPS_UNTIL", help="Stop behind this station.", metavar="STATION")
]
DetailedExitcode = Annotated[
    bool,
    typer.Option("--detailed-exitcode", envvar="INFRAOPS_DETAILED_EXITCODE", help="Exit 2 if changes are pending."),
]


def selection_of(
    names: list[str] | None,
    environment: str | None,
    tags: list[str] | None = None,
    owners: list[str] | None = None,
    with_dependencies: bool = False,
    with_dependents: bool = False,
) -> Selection:
    """Gather the options of a selection."""
    return Selection(
        environment=environment,
        names=tuple(names or ()),
        tags=tuple(tags or ()),
        owners=tuple(owners or ()),
        with_dependencies=with_dependencies,
        with_dependents=with_dependents,
    )
