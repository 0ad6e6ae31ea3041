"""Carrying one line out over selected stacks: what plan, apply, destroy and render have in common."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from infraops.commands.change_control.controlling import control_of
from infraops.commands.context.entering import enter_lab
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.deployed.dependents import needed_outside
from infraops.commands.deployed.orphans import find_orphans, select_orphans
from infraops.commands.deployed.outputs import refuse_unknown_hosts
from infraops.commands.runs.bench import bench, letting_go, told_in_the_record
from infraops.commands.runs.ending import end_run
from infraops.commands.runs.files import foreseen, told_where_cut_short
from infraops.commands.runs.pricing import pricing_by
from infraops.commands.selection.stacks import Selection, choose_environment, select
from infraops.ledger.open import load_beside
from infraops.models.basics.workspace import Workspace
from infraops.models.files.environment import ChangeRules
from infraops.models.ledger.runs import Asked, RunEnded
from infraops.models.runs.run import Outcome, RunResult
from infraops.models.stacks.stack import Environment, Stack
from infraops.schedule.runner import Runner
from infraops.stations.bench.claiming import bury_the_dead
from infraops.stations.bench.job import Job, Options
from infraops.stations.bench.tools import Line, Tools, name_of
from infraops.stations.terraform.access import LAB


@dataclass(frozen=True)
class Resumed:
    """A run that another goes on with, and the stacks that came through provision in it."""

    run: str
    provisioned: frozenset[str]


def run_line(
    name: str,
    line: Line,
    selection: Selection,
    surroundings: Surroundings,
    asked: Asked,
    *,
    resumed: Resumed | None = None,
    notes: Mapping[str, tuple[str, ...]] | None = None,
    infracost: Path | None = None,
    every_cost: bool = False,
    opened: OpenRepo | None = None,
    afterwards: Callable[[RunResult, Tools], None] | None = None,
) -> RunResult:
    """Carry `line` out over the selected stacks and record it in the ledger as a run of `name`, with what was asked.

    `notes` are what is known of stacks already, by full name. `infracost` is a file of Infracost's that says what
    stacks cost; with `every_cost` that is found out even of stacks to which nothing happens. `opened` is the control
    repo where a command has read it already. `afterwards` is handed the result while the ledger is still open.

    Raises UsageError and InvalidInput before anything is touched, Denied and NotApproved from the gate.
    """
    load_beside()
    opened = opened or open_repo(surroundings)
    stacks = select_orphans(opened, selection) if selection.orphans else select(opened.repo, selection)
    plans = any(name_of(each) == "plan" for each in line) and not asked.forget
    if plans and any(stack.environment.platform == LAB for stack in stacks):
        enter_lab(opened, surroundings)
    options = _options(asked, resumed)
    refuse_unknown_hosts((*options.limit, *options.hosts_to_replace), stacks, opened, surroundings)
    pricing = pricing_by(opened, surroundings, infracost, every=every_cost) if plans else None
    environment = opened.repo.environments[choose_environment(opened.repo, selection.environment)]
    control = control_of(opened, environment, asked) if plans or asked.forget else None
    if control is not None:
        environment = _ruled(environment, control.rules)
        stacks = tuple(replace(stack, environment=environment) for stack in stacks)
    with bench(
        name,
        stacks,
        opened,
        surroundings,
        asked=asked,
        options=options,
        resumes=resumed.run if resumed is not None else "",
        pricing=pricing,
        parallelism=asked.parallelism or opened.repo.settings.defaults.parallelism or os.cpu_count() or 1,
        control=control,
        needed_by=needed_outside(stacks, opened, surroundings) if asked.destroy or asked.forget else {},
    ) as tools:
        bury_the_dead(tools)
        runner = Runner(name, line, _jobs(stacks, opened.workspace, notes or {}), tools)
        ending = partial(end_run, tools=tools, surroundings=surroundings, settings=opened.repo.settings)
        with told_where_cut_short(runner, line, ending):
            with letting_go(tools):
                with told_in_the_record(tools):
                    result = foreseen(runner.carry_out(), line, environment, tools)
                tools.ledger.append(RunEnded(result.outcome, exit_code_of(result)), run=tools.run)
            left = find_orphans(opened, environment.name)
        result = replace(result, orphans=tuple(orphan.stack for orphan in left))
        ending(result)
        if afterwards is not None:
            afterwards(result, tools)
        return result


def _ruled(environment: Environment, rules: ChangeRules) -> Environment:
    """Hold an environment to the rules of the protected branch, whatever those here say."""
    return replace(environment, file=environment.file.model_copy(update={"change": rules}))


def _options(asked: Asked, resumed: Resumed | None) -> Options:
    """Tell the stations what was asked. What a resumed run finished counts even where all was to be looked at."""
    trusts_all = not (asked.refresh or asked.limit or asked.replace or asked.destroy or asked.forget)
    return Options(
        destroy=asked.destroy,
        forget=asked.forget,
        replace=asked.replace,
        limit=asked.limit,
        trust_evidence=trusts_all or resumed is not None,
        evidence_of=None if trusts_all or resumed is None else resumed.run,
        replaced=resumed.provisioned if resumed is not None else frozenset(),
        untrusted=asked.untrusted,
    )


def _jobs(stacks: tuple[Stack, ...], workspace: Workspace, notes: Mapping[str, tuple[str, ...]]) -> dict[str, Job]:
    def directory(stack: Stack) -> Path:
        return workspace.stacks / stack.environment.name / stack.blueprint

    return {stack.name: Job(stack, directory(stack), notes=notes.get(stack.name, ())) for stack in stacks}


def exit_code_of(result: RunResult) -> int:
    """Return the exit code a run's result stands for: the gravest of its stacks' failures, and its own."""
    if result.outcome is Outcome.INTERRUPTED:
        return 130
    codes = [stack.failure.exit_code for stack in result.stacks if stack.failure is not None]
    if result.failure is not None:
        codes.append(result.failure.exit_code)
    if codes:
        return next((code for code in (3, 1) if code in codes), max(codes))
    return 0 if result.outcome.good else 1
