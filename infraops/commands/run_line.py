"""Carrying one line out over selected stacks: what plan, apply, destroy and render have in common."""

import getpass
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from infraops import __version__
from infraops.commands.selection import Selection, select
from infraops.commands.surroundings import OpenRepo, Surroundings, enter_lab, open_repo
from infraops.errors import InfraOpsError
from infraops.ledger.ledger import Ledger
from infraops.ledger.open import open_ledger
from infraops.models.events import Event, Progress, Report, Said, StationEnded, StationStarted
from infraops.models.record import RunStarted
from infraops.models.run import Outcome, RunResult
from infraops.models.stack import Stack
from infraops.models.workspace import Workspace
from infraops.processes import Children, identify
from infraops.schedule.runner import Runner
from infraops.stations.job import Job, Line, Options, Tools, name_of
from infraops.stations.terraform import LAB
from infraops.tools.git import describe as git_state
from infraops.tools.terraform.driver import Program, find_program

NOTICE = "interrupted: work at hand is finished cleanly; Ctrl-C again kills it"


def run_line(
    name: str,
    line: Line,
    selection: Selection,
    surroundings: Surroundings,
    *,
    options: Options | None = None,
    parallelism: int | None = None,
) -> RunResult:
    """Carry `line` out over the selected stacks and record it in the ledger.

    Raises UsageError and InvalidInput before anything is touched, Denied and NotApproved from the gate.
    """
    opened = open_repo(surroundings)
    stacks = select(opened.repo, selection)
    if any(stack.environment.platform == LAB for stack in stacks) and any(name_of(each) == "plan" for each in line):
        enter_lab(opened, surroundings)
    program = find_program(opened.repo.settings.terraform, surroundings.environ)
    width = parallelism or opened.repo.settings.defaults.parallelism or os.cpu_count() or 1
    started = surroundings.now()
    run = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    directory = opened.workspace.runs / run
    directory.mkdir(parents=True, mode=0o700)
    with open_repo_ledger(opened, surroundings) as ledger, _logs(directory, surroundings.report) as report:
        tools = Tools(
            workspace=opened.workspace,
            run=run,
            run_directory=directory,
            program=program,
            environ=surroundings.environ,
            children=surroundings.children,
            ledger=ledger,
            report=report,
            now=surroundings.now,
            ask=surroundings.ask,
            options=options or Options(),
            stacks=opened.repo.stacks,
        )
        _record_start(ledger, run, name, stacks, opened.workspace, program)
        with listening(surroundings.children, surroundings.report):
            return _carried_out(Runner(name, line, _jobs(stacks, opened.workspace), tools, parallelism=width), tools)


@contextmanager
def open_repo_ledger(opened: OpenRepo, surroundings: Surroundings) -> Iterator[Ledger]:
    """Open the ledger that the repo's settings name, by default the SQLite file in the state directory."""
    location: str | Path = opened.repo.settings.ledger or opened.workspace.state / "ledger.sqlite3"
    ledger = open_ledger(location, clock=surroundings.now)
    try:
        yield ledger
    finally:
        ledger.close()


def _jobs(stacks: tuple[Stack, ...], workspace: Workspace) -> dict[str, Job]:
    return {stack.name: Job(stack, workspace.stacks / stack.environment.name / stack.blueprint) for stack in stacks}


def _record_start(
    ledger: Ledger, run: str, name: str, stacks: tuple[Stack, ...], workspace: Workspace, program: Program
) -> None:
    identity = identify(os.getpid())
    begun = RunStarted(
        command=name,
        user=getpass.getuser(),
        host=socket.gethostname(),
        pid=os.getpid(),
        started=identity.started if identity is not None else 0,
        selection=", ".join(stack.name for stack in stacks[:20]),
        stacks=tuple(stack.name for stack in stacks),
        git=git_state(workspace.root),
        versions={"infraops": __version__, program.name: program.version},
    )
    ledger.run_started(run, begun)


def _carried_out(runner: Runner, tools: Tools) -> RunResult:
    """Carry the line out, record how the run ended, and leave no plan file behind."""
    try:
        result = runner.carry_out()
    except InfraOpsError as error:
        tools.ledger.run_ended(tools.run, outcome=Outcome.FAILED.value, exit_code=int(error.exit_code))
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


@contextmanager
def listening(children: Children, report: Report) -> Iterator[None]:
    """While open, the first Ctrl-C (or SIGTERM) lets children end cleanly and the second kills them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if children.interrupted.is_set():
            children.kill()
        else:
            report(Said("infraops", "", NOTICE, important=True))
            children.interrupt()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        # What is left after an interrupt is to say what happened: a third Ctrl-C must not cut that off.
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if children.interrupted.is_set() else handler)


@contextmanager
def _logs(directory: Path, report: Report) -> Iterator[Report]:
    """Pass every event on to `report` and write it to the log of its stack in the run's directory."""
    lock = threading.Lock()

    def both(event: Event) -> None:
        with lock, (directory / f"{event.stack.replace('/', '-')}.log").open("a", encoding="utf-8") as log:
            log.write(f"{_as_line(event)}\n")
        report(event)

    yield both


def _as_line(event: Event) -> str:
    match event:
        case StationStarted():
            return f"== {event.station}"
        case StationEnded():
            line = f"== {event.station}: {event.outcome} in {event.seconds:.1f} s"
            return f"{line}: {event.summary}" if event.summary else line
        case Progress():
            return f"   {event.text}"
        case Said():
            return f"   {event.line}"
