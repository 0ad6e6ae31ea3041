"""The bench of a run: its id and directory, its logs and the ledger, and the tools that stations are handed."""

import getpass
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime

from infraops import __version__
from infraops.commands.change_control.controlling import with_earlier_runs
from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.interrupts import listening
from infraops.commands.context.surroundings import OpenRepo, Surroundings
from infraops.commands.runs.logs import logs_in
from infraops.commands.runs.verdicts import at_work
from infraops.errors import Exit, InfraOpsError, system_error
from infraops.ledger.ledger import Ledger
from infraops.models.files.prices import Pricing
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.runs import Asked, RunEnded, RunStarted
from infraops.models.runs.run import Outcome
from infraops.models.stacks.stack import Stack
from infraops.processes import Workers, boot_and_namespace, identify
from infraops.schedule.verdicts import outcome_of
from infraops.stations.bench.control import Control
from infraops.stations.bench.job import Options
from infraops.stations.bench.slots import Slots
from infraops.stations.bench.tools import PLAN_FILE, Tools
from infraops.tools.git.commits import describe as git_state
from infraops.tools.terraform.driver import find_program

RUNS_AT_WORK = 50  # of the newest runs, those that may go on still


@contextmanager
def bench(
    command: str,
    stacks: tuple[Stack, ...],
    opened: OpenRepo,
    surroundings: Surroundings,
    *,
    asked: Asked,
    options: Options,
    resumes: str = "",
    pricing: Pricing | None = None,
    parallelism: int = 1,
    needed_by: Mapping[str, tuple[str, ...]] | None = None,
    control: Control | None = None,
) -> Iterator[Tools]:
    """Open a run of a command over these stacks, and take its start down.

    `pricing` is given where the run plans. `needed_by` names, of stacks that are to go, the deployed ones that stay and
    need them.
    """
    program = find_program(opened.repo.settings.terraform, surroundings.environ)
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
            chosen=stacks,
            slots=Slots(parallelism),
            policies=opened.repo.policies,
            control=_controlled(control, run, resumes, ledger),
            pricing=pricing or Pricing(),
            budgets=opened.repo.settings.budgets,
            needed_by=needed_by or {},
            proofs=ledger.successes(_involved(stacks)),
        )
        _record_start(tools, command, stacks, asked, resumes)
        yield tools


def _controlled(control: Control | None, run: str, resumes: str, ledger: Ledger) -> Control | None:
    """Tell the control which run it is that it serves, and what the ledger says of templates."""
    if control is None:
        return None
    counted: Mapping[str, int] = {}
    if control.rules.standard is not None:
        others = (record.id for record in ledger.runs(RUNS_AT_WORK) if at_work(record) is not False)
        counted = ledger.clean_runs(control.environment, at_work={run, *others})
    return replace(control, of_this_run=with_earlier_runs(run, resumes, ledger), clean_runs=counted)


@contextmanager
def letting_go(tools: Tools) -> Iterator[None]:
    """Release the stacks that the run has claimed, however it ends."""
    try:
        yield
    finally:
        tools.ledger.claims.release(tools.run)


@contextmanager
def told_in_the_record(tools: Tools) -> Iterator[None]:
    """Take down an error that ends the run; however it ends, leave no plan file behind."""
    try:
        yield
    except (InfraOpsError, OSError) as error:
        code = (system_error(error) if isinstance(error, OSError) else error).exit_code
        tools.ledger.append(RunEnded(outcome_of(code), code), run=tools.run)
        raise
    except Exception:
        tools.ledger.append(RunEnded(Outcome.FAILED, Exit.BUG), run=tools.run)
        raise
    finally:
        for plan_file in tools.run_directory.glob(f"*{PLAN_FILE}"):
            plan_file.unlink(missing_ok=True)


def _involved(stacks: tuple[Stack, ...]) -> list[str]:
    """Name the stacks of a run and those that hand them values."""
    producers = {reference.stack for stack in stacks for reference in stack.inputs.values()}
    return sorted(producers | {stack.name for stack in stacks})


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
    tools.ledger.append(begun, run=tools.run)
