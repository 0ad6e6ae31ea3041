"""The options that several commands share, each with its environment variable."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from infraops.cli import completions
from infraops.commands.change_control.untrusted import Distrust
from infraops.commands.selection.stacks import Selection
from infraops.errors import UsageError
from infraops.models.ledger.changes import Claimed


def _only_one(ctx: typer.Context, names: list[str] | None) -> list[str] | None:
    if len(set(names or ())) > 1 and not ctx.resilient_parsing:
        raise typer.BadParameter(f"a run is about one environment, and these are {len(set(names or ()))}")
    return names


def one_of(environments: list[str] | None) -> str | None:
    """Return the environment that was named, if one was."""
    return environments[0] if environments else None


Names = Annotated[
    list[str] | None,
    typer.Argument(help="Blueprints, or globs of them; all if none is named.", autocompletion=completions.blueprints),
]
Environment = Annotated[
    list[str] | None,
    typer.Option(
        "--environment",
        "-e",
        envvar="INFRAOPS_ENVIRONMENT",
        help="The environment.",
        metavar="NAME",
        callback=_only_one,
        autocompletion=completions.environments,
    ),
]
Tags = Annotated[list[str] | None, typer.Option("--tag", envvar="INFRAOPS_TAG", help="Only stacks with this tag.")]
Owners = Annotated[
    list[str] | None,
    typer.Option(
        "--owner",
        envvar="INFRAOPS_OWNER",
        help="Only this owner's stacks.",
        autocompletion=completions.owners,
    ),
]
ChangedSince = Annotated[
    str | None,
    typer.Option(
        "--changed-since",
        envvar="INFRAOPS_CHANGED_SINCE",
        help="Only stacks made from other content than at this commit.",
        metavar="REF",
    ),
]
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
        "--parallelism",
        "-p",
        envvar="INFRAOPS_PARALLELISM",
        min=1,
        help="Stacks at once; default: the cores.",
        metavar="NUMBER",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", envvar="INFRAOPS_YES", help="Answer the question with yes.")]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        envvar="INFRAOPS_LIMIT",
        help="Configure only this host, even if proven.",
        metavar="HOST",
        autocompletion=completions.hosts,
    ),
]
Replace = Annotated[
    list[str] | None,
    typer.Option(
        "--replace",
        envvar="INFRAOPS_REPLACE",
        help="Make this resource (address or host name) anew.",
        metavar="NAME",
        autocompletion=completions.hosts,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        envvar="INFRAOPS_UNTIL",
        help="Stop behind this station.",
        metavar="STATION",
        autocompletion=completions.stations,
    ),
]
Refresh = Annotated[
    bool,
    typer.Option("--refresh", envvar="INFRAOPS_REFRESH", help="Look at stacks that the ledger proves up to date, too."),
]
Infracost = Annotated[
    Path | None,
    typer.Option(
        "--infracost",
        envvar="INFRAOPS_INFRACOST",
        help="Take costs from this JSON file of Infracost's, for the stacks it knows.",
        metavar="FILE",
    ),
]
Orphans = Annotated[
    bool,
    typer.Option("--orphans", envvar="INFRAOPS_ORPHANS", help="Instead: what is deployed without a blueprint."),
]
DetailedExitcode = Annotated[
    bool,
    typer.Option("--detailed-exitcode", envvar="INFRAOPS_DETAILED_EXITCODE", help="Exit 2 if changes are pending."),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key", envvar="INFRAOPS_KEY", help="The SSH key to sign with; default: git's, else your own.", metavar="FILE"
    ),
]
Untrusted = Annotated[
    bool,
    typer.Option(
        "--untrusted",
        envvar="INFRAOPS_UNTRUSTED",
        help="Look first at what the stacks are made of, and refuse what may act while it is planned.",
    ),
]
Allow = Annotated[
    Path | None,
    typer.Option(
        "--allow",
        envvar="INFRAOPS_ALLOW",
        help="With --untrusted: a file that widens what they may be made of.",
        metavar="FILE",
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        envvar="INFRAOPS_BASE",
        help="The protected branch: it says who may approve, and settings are held against it.",
        metavar="BRANCH",
    ),
]
Author = Annotated[
    str | None,
    typer.Option("--author", envvar="INFRAOPS_AUTHOR", help="Who wrote the change, as the forge says.", metavar="WHO"),
]
Emergency = Annotated[
    str | None,
    typer.Option(
        "--emergency",
        envvar="INFRAOPS_EMERGENCY",
        help="The incident for which the change cannot wait; it is reviewed afterwards.",
        metavar="INCIDENT",
    ),
]


def distrust_of(*, untrusted: bool, allow: Path | None, base: str | None) -> Distrust | None:
    """Put the options about an untrusted branch together; UsageError where --allow stands without --untrusted."""
    if allow is not None and not untrusted:
        raise UsageError("reading --allow", "it means nothing without --untrusted", "add --untrusted")
    return Distrust(allow, base) if untrusted else None


Options = dict[str, tuple[Any, Any]]  # name → annotation, default
SELECTION: Options = {
    "names": (Names, None),
    "environment": (Environment, None),
    "tag": (Tags, None),
    "owner": (Owners, None),
    "changed_since": (ChangedSince, None),
    "with_dependencies": (WithDependencies, False),
    "with_dependents": (WithDependents, False),
}


def selection_of(values: dict[str, Any]) -> Selection:
    """Take the options of a selection out of a command's values."""
    return Selection(
        environment=one_of(values.pop("environment")),
        names=tuple(values.pop("names") or ()),
        tags=tuple(values.pop("tag") or ()),
        owners=tuple(values.pop("owner") or ()),
        changed_since=values.pop("changed_since"),
        with_dependencies=values.pop("with_dependencies"),
        with_dependents=values.pop("with_dependents"),
    )


CLAIMED: Options = {"base": (Base, None), "author": (Author, None), "emergency": (Emergency, None)}


def claimed_of(values: dict[str, Any]) -> Claimed:
    """Take what is said of the change out of a command's values."""
    return Claimed(**{name: values.pop(name) or "" for name in CLAIMED})


@dataclass(frozen=True)
class Bundle:
    """Options that belong together, and what makes one value of them."""

    name: str
    options: Options
    take: Callable[[dict[str, Any]], Any]


BUNDLES = {
    bundle.name: bundle
    for bundle in (Bundle("selection", SELECTION, selection_of), Bundle("claimed", CLAIMED, claimed_of))
}
