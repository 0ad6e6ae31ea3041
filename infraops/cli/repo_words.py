"""Words about the control repo itself: init, new, graph, schema, template."""

import getpass
import json as json_module
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from infraops.cli import completions, version_words, wrapping_words
from infraops.cli.door import Door, command
from infraops.cli.options import Environment, Yes, one_of
from infraops.commands import graph as drawing
from infraops.commands import init as initialising
from infraops.commands import new as writing
from infraops.commands import schema as describing
from infraops.commands import state as placing
from infraops.commands import template as offering
from infraops.commands.selection.stacks import Selection
from infraops.models.reports.answers import StatePlace
from infraops.views.catalog import show_template, show_templates
from infraops.views.documents import plain, print_document, template_document
from infraops.views.graphs import GraphFormat, show_graph
from infraops.views.interview import TerminalInterview
from infraops.views.questions import can_ask
from infraops.views.repo import show_initialised, show_lacking, show_state_place


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    for word in (init, new, graph, schema):
        command(app)(word)
    template = typer.Typer(help="The catalog of templates.", no_args_is_help=True, rich_markup_mode=None)
    command(template, "list")(list_templates)
    command(template)(show)
    version_words.add_to(template)
    wrapping_words.add_to(template)
    app.add_typer(template, name="template")


def init(
    door: Door,
    directory: Annotated[Path, typer.Argument(help="Where; files that are there stay as they are.")] = Path(),
    owner: Annotated[str | None, typer.Option("--owner", envvar="INFRAOPS_NEW_OWNER", help="The first owner.")] = None,
    git: Annotated[bool, typer.Option(envvar="INFRAOPS_GIT", help="Make it a git repository.")] = True,
    state: Annotated[
        bool,
        typer.Option(
            "--state", envvar="INFRAOPS_INIT_STATE", help="Make the S3 bucket of an environment's states instead."
        ),
    ] = False,
    environment: Environment = None,
    yes: Yes = False,
) -> None:
    """Make a control repo that applies at once. Pins the Terraform program found here.

    With --state, make the bucket that an environment of an existing control repo keeps its states in. One that is there
    is looked at; asks before it is changed.

    Example: infraops init my-infrastructure
    """
    if state:
        return _init_state(door, directory, one_of(environment), yes=yes)
    result = initialising.init(directory, door.surroundings(), owner=owner, git=git)
    if door.streams.json:
        print_document("infraops/init/v1", plain(result), door.streams)
    else:
        show_initialised(result, door.streams)


def _init_state(door: Door, directory: Path, environment: str | None, *, yes: bool) -> None:
    def agree(place: StatePlace) -> None:
        show_lacking(place, door.streams.aside if door.streams.json or not yes else door.streams)
        if not yes:
            door.demand("Change that? Only 'yes' goes on: ", doing=f"mending the bucket {place.bucket}")

    around = door.surroundings()
    around = replace(around, directory=(around.directory / directory).resolve())
    place = placing.make_state_place(environment, around, agree=agree)
    if door.streams.json:
        print_document("infraops/state-place/v1", plain(place), door.streams)
    else:
        show_state_place(place, door.streams)


def new(
    door: Door,
    name: Annotated[str, typer.Argument(help="The blueprint's name.")],
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            "-t",
            envvar="INFRAOPS_TEMPLATE",
            help="The template, as `template list` names it.",
            autocompletion=completions.templates,
        ),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", envvar="INFRAOPS_NEW_OWNER", help="Who answers for it.")
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            "--environment",
            "-e",
            envvar="INFRAOPS_ENVIRONMENT",
            help="Where it runs.",
            autocompletion=completions.environments,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", envvar="INFRAOPS_SET", help="A parameter, as name=value.", metavar="NAME=VALUE"),
    ] = None,
) -> None:
    """Write a blueprint from a template. Asks on a terminal for what is not given and has to be.

    Example: infraops new blog --template host-group --set playbook=playbooks/baseline.yml
    """
    path = writing.new(
        name,
        door.surroundings(),
        template=template,
        owner=owner or f"team-{getpass.getuser()}",
        environments=tuple(environment or ()),
        settings=tuple(settings or ()),
        interview=TerminalInterview(door.streams, _reader(door)) if can_ask() else None,
    )
    if door.streams.json:
        print_document("infraops/new/v1", {"file": str(path)}, door.streams)
    else:
        where = f" -e {environment[0]}" if environment else ""
        door.streams.out.print(f"{path} written; `infraops plan {name}{where}` shows what it would do", soft_wrap=True)


def _reader(door: Door) -> Callable[[str], str | None]:
    return lambda prompt: door.read_line(prompt, doing="asking", hint="nothing was written")


def graph(
    door: Door,
    selection: Selection,
    form: Annotated[
        GraphFormat,
        typer.Option("--format", envvar="INFRAOPS_GRAPH_FORMAT", help="tree, mermaid or dot.", metavar="FORMAT"),
    ] = GraphFormat.TREE,
) -> None:
    """Show which stacks there are and what hands what to whom. --json wins over --format.

    Example: infraops graph -e lab storefront --with-dependencies
    """
    result = drawing.graph(selection, door.surroundings())
    if door.streams.json:
        print_document("infraops/graph/v1", plain(result), door.streams)
    else:
        show_graph(result, form, door.streams)


def schema(
    door: Door,
    kind: Annotated[
        str | None,
        typer.Argument(
            help="allow, blueprint, environment, policy, settings or template.", autocompletion=completions.kinds
        ),
    ] = None,
) -> None:
    """Print a JSON Schema, or write all for the editor. They go to .infraops/schema/.

    Example: infraops schema blueprint
    """
    if kind is not None:
        result = describing.schemas(door.surroundings(), (kind,))[kind]
        door.streams.out.out(json_module.dumps(result, indent=2), highlight=False)
        return
    written = [str(path) for path in describing.write_schemas(door.surroundings())]
    if door.streams.json:
        print_document("infraops/schema/v1", {"files": written}, door.streams)
    else:
        for path in written:
            door.streams.out.print(path, soft_wrap=True)


def list_templates(door: Door) -> None:
    """List the templates that blueprints may name.

    Example: infraops template list
    """
    templates = offering.list_templates(door.surroundings())
    if door.streams.json:
        documents = [template_document(template) for template in templates]
        print_document("infraops/template-list/v1", {"templates": documents}, door.streams)
    else:
        show_templates(templates, door.streams)


def show(
    door: Door,
    name: Annotated[
        str,
        typer.Argument(help="The template, with or without its version.", autocompletion=completions.templates),
    ],
) -> None:
    """Show one template: parameters, outputs, checks.

    Example: infraops template show web-service
    """
    template = offering.find_template(name, door.surroundings())
    if door.streams.json:
        print_document("infraops/template/v1", template_document(template), door.streams)
    else:
        show_template(template, door.streams, today=door.surroundings().now().date())
