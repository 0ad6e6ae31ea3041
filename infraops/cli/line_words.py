"""Words that carry a line, from plan to drift; and what to do where a run was cut off: resume, unlock."""

import dataclasses
from collections.abc import Callable
from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.cli.options import (
    Allow,
    DetailedExitcode,
    Environment,
    Infracost,
    Limit,
    Orphans,
    Parallelism,
    Refresh,
    Replace,
    Until,
    Untrusted,
    Yes,
    distrust_of,
    one_of,
)
from infraops.commands import apply as applying
from infraops.commands import destroy as destroying
from infraops.commands import drift as drifting
from infraops.commands import execute as executing
from infraops.commands import forget as forgetting
from infraops.commands import plan as planning
from infraops.commands import resume as resuming
from infraops.commands import unlock as unlocking
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.errors import Exit
from infraops.lab.network import in_user_namespace
from infraops.models.ledger.changes import Claimed
from infraops.models.runs.run import RunResult
from infraops.stations.bench.job import Ask
from infraops.views.documents import plain, print_document, run_document
from infraops.views.plans import show_drift, show_plan
from infraops.views.questions import asker
from infraops.views.record import show_holders
from infraops.views.reports import notice, report_files
from infraops.views.runs import show_failures, show_run


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app, "exec")(execute)
    for word in (plan, apply, destroy, forget, drift, resume, unlock):
        command(app)(word)


def plan(
    door: Door,
    selection: Selection,
    claimed: Claimed,
    destroy: bool = typer.Option(False, "--destroy", envvar="INFRAOPS_DESTROY", help="Plan the end of the stacks."),
    replace: Replace = None,
    refresh: Refresh = False,
    untrusted: Untrusted = False,
    allow: Allow = None,
    infracost: Infracost = None,
    parallelism: Parallelism = None,
    detailed_exitcode: DetailedExitcode = False,
) -> int:
    """Show what apply would do; nothing is changed.

    Example: infraops plan -e lab --detailed-exitcode
    """
    with door.progress:
        result = planning.plan(
            selection,
            line_surroundings(door),
            parallelism=parallelism,
            destroy=destroy,
            replace=tuple(replace or ()),
            refresh=refresh,
            claimed=claimed,
            distrust=distrust_of(untrusted=untrusted, allow=allow, base=claimed.base or None),
            infracost=infracost,
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
    claimed: Claimed,
    yes: Yes = False,
    limit: Limit = None,
    replace: Replace = None,
    until: Until = None,
    refresh: Refresh = False,
    infracost: Infracost = None,
    parallelism: Parallelism = None,
) -> int:
    """Carry stacks from blueprint to verified service. Plans, asks, provisions, configures, verifies.

    Example: infraops apply -e lab --yes
    """

    def work(ask: Ask) -> RunResult:
        return applying.apply(
            selection,
            line_surroundings(door, ask),
            parallelism=parallelism,
            limit=tuple(limit or ()),
            replace=tuple(replace or ()),
            until_station=until,
            refresh=refresh,
            claimed=claimed,
            infracost=infracost,
        )

    return _act(door, "infraops/apply/v1", work, yes=yes)


def destroy(
    door: Door,
    selection: Selection,
    claimed: Claimed,
    yes: Yes = False,
    orphans: Orphans = False,
    parallelism: Parallelism = None,
) -> int:
    """Destroy stacks, those that need others first. Asks before it does.

    Example: infraops destroy -e lab storefront
    """
    selection = dataclasses.replace(selection, orphans=orphans)

    def work(ask: Ask) -> RunResult:
        return destroying.destroy(selection, line_surroundings(door, ask), parallelism=parallelism, claimed=claimed)

    return _act(door, "infraops/destroy/v1", work, yes=yes)


def forget(
    door: Door,
    selection: Selection,
    claimed: Claimed,
    yes: Yes = False,
    orphans: Orphans = False,
    parallelism: Parallelism = None,
) -> int:
    """Let go of stacks without destroying anything. Their states are set aside; asks before it does.

    Example: infraops forget -e lab storefront
    """
    selection = dataclasses.replace(selection, orphans=orphans)

    def work(ask: Ask) -> RunResult:
        return forgetting.forget(selection, line_surroundings(door, ask), parallelism=parallelism, claimed=claimed)

    return _act(door, "infraops/forget/v1", work, yes=yes)


def execute(
    door: Door,
    claimed: Claimed,
    stack: Annotated[str, typer.Argument(help="The stack.", autocompletion=completions.blueprints)],
    words: Annotated[list[str] | None, typer.Argument(help="The command to run.", metavar="-- COMMAND…")] = None,
    environment: Environment = None,
) -> int:
    """Run Terraform, or another program, on one stack by hand. Its state is copied first.

    Ends with the exit code of the command.

    Example: infraops exec -e lab storefront -- terraform state list
    """
    return executing.execute(one_of(environment), stack, tuple(words or ()), door.surroundings(), claimed=claimed)


def drift(
    door: Door, selection: Selection, parallelism: Parallelism = None, detailed_exitcode: DetailedExitcode = False
) -> int:
    """Show what is not as it was applied. Terraform refreshes, Ansible looks in check mode; apply heals it.

    Example: infraops drift -e lab --detailed-exitcode
    """
    with door.progress:
        result = drifting.drift(selection, line_surroundings(door), parallelism=parallelism)
    if door.streams.json:
        print_document("infraops/drift/v1", run_document(result), door.streams)
    else:
        show_drift(result, door.streams)
        show_failures(result, door.streams)
    code = exit_code_of(result)
    return Exit.CHANGES_PENDING if not code and detailed_exitcode and result.drifted else code


def resume(
    door: Door,
    run: Annotated[
        str | None,
        typer.Argument(
            help="The run, or the beginning of its id; default: the newest.", autocompletion=completions.runs
        ),
    ] = None,
    yes: Yes = False,
) -> int:
    """Go on where a run stopped, whatever stopped it. What it finished is not repeated; plans are made anew.

    Example: infraops resume
    """
    return _act(door, "infraops/resume/v1", lambda ask: resuming.resume(line_surroundings(door, ask), run), yes=yes)


def unlock(door: Door, selection: Selection, yes: Yes = False) -> int:
    """Take stacks from runs that cannot let go of them any more. Asks before it does.

    A run that was killed on this machine needs no unlocking: the next one sees that its process is gone.

    Example: infraops unlock -e production storefront
    """
    surroundings = door.surroundings()
    held = unlocking.holders(selection, surroundings)
    asks = bool(held) and not yes
    if asks or not door.streams.json:
        show_holders(held, door.streams.aside if asks else door.streams)
    if asks:
        door.demand("Take these from their runs? Only 'yes' goes on: ", doing="unlocking")
    unlocking.unlock(held, surroundings)
    if door.streams.json:
        print_document("infraops/unlock/v1", {"unlocked": plain(held)}, door.streams)
    return Exit.DONE


def line_surroundings(door: Door, ask: Ask | None = None) -> Surroundings:
    """Build the surroundings of a command that carries a line: it leaves a report, and others are told of it."""
    return dataclasses.replace(door.surroundings(ask), report_files=report_files, notice=notice)


def _act(door: Door, schema: str, work: Callable[[Ask], RunResult], *, yes: bool) -> int:
    ask = asker(door.streams, door.progress, door.children.interrupted, yes=yes)
    with door.progress:
        result = work(ask)
    if door.streams.json:
        print_document(schema, run_document(result), door.streams)
    else:
        show_run(result, door.streams, in_lab=in_user_namespace())
    return exit_code_of(result)
