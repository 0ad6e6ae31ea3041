"""Carrying one line out over selected stacks: what plan, apply, destroy and render have in common."""

import getpass
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from infraops import __version__
from infraops.commands.dependents import needed_outside
from infraops.commands.ending import end_run
from infraops.commands.entering import enter_lab, open_repo_ledger
from infraops.commands.interrupts import listening
from infraops.commands.orphans import find_orphans, select_orphans
from infraops.commands.reading import refuse_unknown_hosts
from infraops.commands.run_files import told_where_cut_short
from infraops.commands.run_logs import logs_in
from infraops.commands.selection import Selection, choose_environment, select
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.errors import Exit, InfraOpsError
from infraops.models.record import Asked, Owner, RunStarted
from infraops.models.run import Outcome, RunResult
from infraops.models.stack import Stack
from infraops.models.workspace import Workspace
from infraops.processes import Workers, boot_and_namespace, identify
from infraops.schedule.runner import Runner
from infraops.schedule.verdicts import outcome_of
from infraops.stations.bench import Line, Tools, name_of
from infraops.stations.claiming import bury_the_dead
from infraops.stations.job import Job, Options
from infraops.stations.slots import Slots
from infraops.stations.terraform import LAB
from infraops.tools.git import describe as git_state
from infraops.tools.terraform.driver import find_program


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
) -> RunResult:
    """Carry `line` out over the selected stacks and record it in the ledger, with what was asked.

    Raises UsageError and InvalidInput before anything is touched, Denied and NotApproved from the gate.
    """
    opened = open_repo(surroundings)
    stacks = select_orphans(opened, selection) if selection.orphans else select(opened.repo, selection)
    plans = any(name_of(each) == "plan" for each in line) and not asked.forget
    if plans and any(stack.environment.platform == LAB for stack in stacks):
        enter_lab(opened, surroundings)
    options = _options(asked, resumed)
    refuse_unknown_hosts((*options.limit, *options.hosts_to_replace), stacks, opened, surroundings)
    needed_by = needed_outside(stacks, opened, surroundings) if asked.destroy else {}
    program = find_program(opened.repo.settings.terraform, surroundings.environ)
    width = asked.parallelism or opened.repo.settings.defaults.parallelism or os.cpu_count() or 1
    started = surroundings.now()
    run = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    directory = opened.workspace.runs / run
    directory.mkdir(parents=True, mode=0o700)
    with (
        open_repo_ledger(opened, surroundings) as ledger,
        logs_in(directory, surroundings.report) as report,
        closing(Workers()) as workers,
        listening(surroundings.children, surroundings.report),
    ):
        tools = Tools(
            workspace=opened.workspace,
            run=run,
            owner=_owner(run, started),
            run_directory=directory,
            program=program,
            environ=surroundings.environ,
            children=surroundings.children,
            workers=workers,
            ledger=ledger,
            report=report,
            now=surroundings.now,
            ask=surroundings.ask,
            options=options,
            stacks={**opened.repo.stacks, **{stack.name: stack for stack in stacks}},
            needed_by=needed_by,
            slots=Slots(width),
            proofs=ledger.successes(_involved(stacks)),
        )
        _record_start(tools, name, stacks, asked, resumed.run if resumed is not None else "")
        bury_the_dead(tools)
        runner = Runner(name, line, _jobs(stacks, opened.workspace), tools)
        ending = partial(end_run, tools=tools, surroundings=surroundings, settings=opened.repo.settings)
        with told_where_cut_short(runner, line, ending):
            with _letting_go(tools):
                result = _carried_out(runner, tools)
            left = find_orphans(opened, choose_environment(opened.repo, selection.environment))
        result = replace(result, orphans=tuple(orphan.stack for orphan in left))
        ending(result)
        return result


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
    )


def _involved(stacks: tuple[Stack, ...]) -> list[str]:
    """Name the stacks of a run and those that hand them values."""
    producers = {reference.stack for stack in stacks for reference in stack.inputs.values()}
    return sorted(producers | {stack.name for stack in stacks})


def _jobs(stacks: tuple[Stack, ...], workspace: Workspace) -> dict[str, Job]:
    return {stack.name: Job(stack, workspace.stacks / stack.environment.name / stack.blueprint) for stack in stacks}


def _owner(run: str, since: datetime) -> Owner:
    identity = identify(os.getpid())
    started = identity.started if identity is not None else 0
    return Owner(run, socket.gethostname(), boot_and_namespace(), os.getpid(), started, since)


def _record_start(tools: Tools, name: str, stacks: tuple[Stack, ...], asked: Asked, resumes: str) -> None:
    owner = tools.owner
    begun = RunStarted(
        command=name,
        user=getpass.getuser(),
        host=owner.host,
        pid=owner.pid,
        started=owner.started,
        selection=", ".join(stack.name for stack in stacks[:20]),
        stacks=tuple(stack.name for stack in stacks),
        git=git_state(tools.workspace.root),
        versions={"infraops": __version__, tools.program.name: tools.program.version},
        asked=asked,
        resumes=resumes,
        boot=owner.boot,
    )
    tools.ledger.run_started(tools.run, begun)


@contextmanager
def _letting_go(tools: Tools) -> Iterator[None]:
    """Release the stacks that the run has claimed, however it ends."""
    try:
        yield
    finally:
        tools.ledger.claims.release(tools.run)


def _carried_out(runner: Runner, tools: Tools) -> RunResult:
    """Carry the line out, record how the run ended, and leave no plan file behind."""
    try:
        result = runner.carry_out()
    except InfraOpsError as error:
        tools.ledger.run_ended(tools.run, outcome=outcome_of(error.exit_code), exit_code=error.exit_code)
        raise
    except Exception:
        tools.ledger.run_ended(tools.run, outcome=Outcome.FAILED, exit_code=Exit.BUG)
        raise
    finally:
        for plan_file in tools.run_directory.glob("*.tfplan"):
            plan_file.unlink(missing_ok=True)
    tools.ledger.run_ended(tools.run, outcome=result.outcome.value, exit_code=exit_code_of(result))
    return result


def exit_code_of(result: RunResult) -> int:
    """Return the exit code a run's result stands for: the gravest of its stacks' failures."""
    if result.outcome is Outcome.INTERRUPTED:
        return 130
    codes = [stack.failure.exit_code for stack in result.stacks if stack.failure is not None]
    if codes:
        return next((code for code in (3, 1) if code in codes), max(codes))
    return 0 if result.outcome.good else 1
