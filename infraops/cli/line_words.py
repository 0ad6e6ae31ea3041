"""Words that carry a line: render, plan, apply, destroy."""

from collections.abc import Callable

import typer

from infraops.cli.door import Door, command
from infraops.cli.options import DetailedExitcode, Limit, Parallelism, Refresh, Replace, Until, Yes
from infraops.commands import apply as applying
from infraops.commands import destroy as destroying
from infraops.commands import plan as planning
from infraops.commands import render as rendering
from infraops.commands.run_line import exit_code_of
from infraops.commands.selection import Selection
from infraops.errors import Exit
from infraops.lab.network import in_user_namespace
from infraops.models.run import RunResult
from infraops.stations.job import Ask
from infraops.views.documents import print_document, run_document
from infraops.views.plans import show_plan
from infraops.views.questions import asker
from infraops.views.runs import show_failures, show_rendered, show_run


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    for word in (render, plan, apply, destroy):
        command(app)(word)


def render(
    door: Door,
    selection: Selection,
    parallelism: Parallelism = None,
) -> int:
    """Write the plain Terraform and Ansible of stacks. They go to .infraops/stacks/.

    Example: infraops render -e lab storefront
    """
    with door.progress:
        result = rendering.render(selection, door.surroundings(), parallelism=parallelism)
    if door.streams.json:
        print_document("infraops/render/v1", run_document(result), door.streams)
    else:
        show_failures(result, door.streams)
        show_rendered(result, door.streams)
    return exit_code_of(result)


def plan(
    door: Door,
    selection: Selection,
    destroy: bool = typer.Option(False, "--destroy", envvar="INFRAOPS_DESTROY", help="Plan the end of the stacks."),
    replace: Replace = None,
    refresh: Refresh = False,
    parallelism: Parallelism = None,
    detailed_exitcode: DetailedExitcode = False,
) -> int:
    """Show what apply would do; nothing is changed.

    Example: infraops plan -e lab --detailed-exitcode
    """
    with door.progress:
        result = planning.plan(
            selection,
            door.surroundings(),
            parallelism=parallelism,
            destroy=destroy,
            replace=tuple(replace or ()),
            refresh=refresh,
        )
    if door.streams.json:
        print_document("infraops/plan/v1", run_document(result), door.streams)
    else:
        show_plan(result, door.streams)
        show_failures(result, door.streams)
    code = exit_code_of(result)
    return Exit.CHANGES_PENDING if not code and detailed_exitcode and result.changes_pending else code


def apply(
    door: Door,
    selection: Selection,
    yes: Yes = False,
    limit: Limit = None,
    replace: Replace = None,
    until: Until = None,
    refresh: Refresh = False,
    parallelism: Parallelism = None,
) -> int:
    """Carry stacks from blueprint to verified service. Plans, asks, provisions, configures, verifies.

    Example: infraops apply -e lab --yes
    """

    def work(ask: Ask) -> RunResult:
        return applying.apply(
            selection,
            door.surroundings(ask),
            parallelism=parallelism,
            limit=tuple(limit or ()),
            replace=tuple(replace or ()),
            until_station=until,
            refresh=refresh,
        )

    return _act(door, "infraops/apply/v1", work, yes=yes)


def destroy(
    door: Door,
    selection: Selection,
    yes: Yes = False,
    parallelism: Parallelism = None,
) -> int:
    """Destroy stacks, those that need others first. Asks before it does.

    Example: infraops destroy -e lab storefront
    """

    def work(ask: Ask) -> RunResult:
        return destroying.destroy(selection, door.surroundings(ask), parallelism=parallelism)

    return _act(door, "infraops/destroy/v1", work, yes=yes)


def _act(door: Door, schema: str, work: Callable[[Ask], RunResult], *, yes: bool) -> int:
    ask = asker(door.streams, door.progress, yes=yes)
    with door.progress:
        result = work(ask)
    if door.streams.json:
        print_document(schema, run_document(result), door.streams)
    else:
        show_run(result, door.streams, in_lab=in_user_namespace())
    return exit_code_of(result)
