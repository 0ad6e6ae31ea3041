"""The report that a run leaves in its directory, however it ended: also where nobody said yes, or by a bug."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from infraops.errors import Denied, Exit, InfraOpsError, Interrupted, NotApproved, system_error
from infraops.models.runs.events import Report, Said
from infraops.models.runs.run import APPROVE, PROVISION, Failure, RunResult
from infraops.models.stacks.stack import Environment
from infraops.schedule.runner import Runner
from infraops.schedule.verdicts import outcome_of
from infraops.stations.approve import refuse_too_much_loss
from infraops.stations.bench.tools import Gate, Line, Tools
from infraops.stations.changes.costs import budget_findings, budgets_used, refuse_denied
from infraops.tools.files import write_file


@contextmanager
def told_where_cut_short(runner: Runner, line: Line, tell: Callable[[RunResult], None]) -> Iterator[None]:
    """Where an error ends the run, hand on how far it came, with that error as its failure."""
    try:
        yield
    except BaseException as error:
        tell(_cut_short(runner.so_far(), line, error))
        raise


def _cut_short(result: RunResult, line: Line, error: BaseException) -> RunResult:
    failure = _failure(line, error)
    # Where nothing was provisioned, what would have been is all that there is to tell.
    acting = any(record.station == PROVISION for stack in result.stacks for record in stack.stations)
    return replace(result, outcome=outcome_of(failure.exit_code), failure=failure, acting=acting)


def foreseen(result: RunResult, line: Line, environment: Environment, tools: Tools) -> RunResult:
    """Say what a run does to budgets; of one that ends before plans are approved, what would forbid them there."""
    costs = {stack.stack: stack.cost for stack in result.stacks if stack.cost is not None}
    if costs and not tools.options.backwards:
        uses = budgets_used(costs, environment, tools)
        result = replace(result, budgets=uses, findings=budget_findings(uses, tools))
    if any(isinstance(station, Gate) for station in line):
        return result
    try:
        refuse_denied(result.findings)
        refuse_too_much_loss(result.counts, environment.file.change, environment.name)
    except Denied as error:
        failure = Failure(APPROVE, error.doing, error.problem, error.hint, int(error.exit_code))
        return replace(result, outcome=outcome_of(failure.exit_code), failure=failure)
    return result


def _failure(line: Line, error: BaseException) -> Failure:
    gate = next((station.name for station in line if isinstance(station, Gate)), "")
    match error:
        case InfraOpsError():
            station = gate if isinstance(error, Denied | NotApproved | Interrupted) else ""
            return Failure(station, error.doing, error.problem, error.hint, int(error.exit_code))
        case OSError():
            told = system_error(error)
            return Failure("", told.doing, told.problem, told.hint, int(told.exit_code))
        case KeyboardInterrupt():
            return Failure(gate, "carrying out the run", "interrupted", "", int(Exit.INTERRUPTED))
        case _:
            problem = f"a bug in infraops: {''.join(traceback.format_exception(error, limit=-3)).strip()}"
            return Failure("", "carrying out the run", problem, "please report it", int(Exit.BUG))


def leave(files: Mapping[str, bytes], directory: Path, report: Report) -> None:
    """Write a run's report; where that cannot be done the run is told so, and is no worse for it."""
    try:
        for name, content in files.items():
            write_file(directory / name, content, mode=0o600)
    except OSError as error:
        warn(report, f"the run's report could not be written: {error.strerror}: {error.filename}")


def warn(report: Report, problem: str) -> None:
    """Say what went wrong behind the run's end, where it changes nothing of the run."""
    report(Said("infraops", "", f"warning: {problem}", important=True))
