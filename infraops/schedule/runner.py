"""Carrying a line out over a set of stacks: every start and outcome in the ledger before the next begins."""

import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace

from infraops.errors import InfraOpsError, Interrupted
from infraops.models.events import StationEnded, StationStarted
from infraops.models.run import TELLING, Failure, Outcome, RunResult, StackResult, StationRecord
from infraops.models.stack import Stack
from infraops.schedule.graph import Graph, graph_of, in_order
from infraops.schedule.local import work_through
from infraops.stations.inputs import inputs_of
from infraops.stations.job import Gate, Job, Line, Station, Tools, name_of


@dataclass
class Progress:
    """One stack's way so far, owned by the thread that carries it."""

    job: Job
    records: list[StationRecord]
    outcome: Outcome = Outcome.NOT_REACHED
    blocked_by: str = ""


def split_at_gate(line: Line) -> tuple[tuple[Station, ...], Gate | None, tuple[Station, ...]]:
    """Cut a line into the stations before its gate, the gate, and the stations behind it."""
    for index, station in enumerate(line):
        if isinstance(station, Gate):
            before, after = line[:index], line[index + 1 :]
            return _plain(before), station, _plain(after)
    return _plain(line), None, ()


def _plain(stations: Line) -> tuple[Station, ...]:
    return tuple(station for station in stations if not isinstance(station, Gate))


class Runner:
    """Carries one line out over the jobs of one run."""

    def __init__(self, name: str, line: Line, jobs: Mapping[str, Job], tools: Tools, *, parallelism: int) -> None:
        self._name = name
        self._before, self._gate, self._after = split_at_gate(line)
        self._tools = tools
        self._parallelism = parallelism
        self._progress = {stack: Progress(job, []) for stack, job in jobs.items()}
        self._stacks: tuple[Stack, ...] = tuple(job.stack for job in jobs.values())
        self._begun = time.monotonic()
        self._asking = threading.Lock()

    def carry_out(self) -> RunResult:
        """Carry every stack through the line and return what became of each.

        Raises what the gate raises (nobody said yes, a rule forbids it); failures of stacks are in the result.
        """
        # Planning follows the producers even when destroying, because values flow from them.
        self._through(self._before, graph_of(self._stacks))
        if self._gate is not None and not self._stopped:
            fit = tuple(entry.job for entry in self._ordered() if entry.outcome.good)
            if fit:
                self._gate.decide(fit, self._tools, False)
        if self._after:
            self._through(self._after, graph_of(self._stacks, reverse=self._tools.options.destroy))
        return self._result()

    @property
    def _stopped(self) -> bool:
        return self._tools.children.interrupted.is_set()

    def _ordered(self) -> tuple[Progress, ...]:
        return tuple(self._progress[name] for name in in_order(graph_of(self._stacks)))

    def _through(self, stations: tuple[Station, ...], graph: Graph) -> None:
        failed = {
            name: entry.blocked_by or name
            for name, entry in self._progress.items()
            if (entry.records and not entry.outcome.good) or entry.blocked_by
        }
        work_through(
            graph,
            lambda stack: self._carry(stack, stations),
            parallelism=self._parallelism,
            blocked=self._block,
            stop=self._tools.children.interrupted,
            already_failed=failed,
        )

    def _block(self, stack: str, culprit: str) -> None:
        entry = self._progress[stack]
        entry.outcome, entry.blocked_by = Outcome.BLOCKED, culprit
        self._tools.ledger.stack_blocked(self._tools.run, stack, by=culprit)

    def _carry(self, stack: str, stations: tuple[Station, ...]) -> bool:
        entry = self._progress[stack]
        if stations is self._after and self._gate is not None and self._must_look_again(entry.job):
            if not all(self._at(entry, station) for station in self._before[1:]):
                return False
            if not self._approve_again(entry):
                return False
        return all(self._at(entry, station) for station in stations)

    def _must_look_again(self, job: Job) -> bool:
        """Whether the plan was made with values that were not real, or are so no more: it can never be applied."""
        if job.plan is None or self._tools.options.destroy:
            return False
        return job.plan.deferred or inputs_of(job.stack, self._tools).values != job.inputs

    def _approve_again(self, entry: Progress) -> bool:
        assert self._gate is not None
        gate = self._gate
        plan = entry.job.plan
        if plan is None or not plan.counts.destructive:
            return True

        def ask(job: Job, tools: Tools) -> Job:
            with self._asking:
                gate.decide((job,), tools, True)
            return replace(job, outcome=Outcome.DONE, summary="approved with real values")

        ask.__name__ = gate.name
        return self._at(entry, ask)

    def _at(self, entry: Progress, station: Station) -> bool:
        """Let one stack pass one station; return whether it may go on."""
        tools, stack, name = self._tools, entry.job.stack.name, name_of(station)
        if self._stopped:
            entry.outcome = Outcome.INTERRUPTED
            return False
        tools.ledger.station_started(tools.run, stack, name)
        tools.report(StationStarted(stack, name))
        begun = time.monotonic()
        try:
            entry.job = station(entry.job, tools)
        except InfraOpsError as error:
            entry.job = _failed(entry.job, name, error)
        except Exception:
            entry.job = replace(entry.job, failure=_bug(name))
        seconds = time.monotonic() - begun
        entry.outcome = self._outcome(entry.job)
        summary = entry.job.failure.problem if entry.job.failure else entry.job.summary
        entry.records.append(StationRecord(name, entry.outcome, begun - self._begun, seconds, summary))
        tools.ledger.station_ended(
            tools.run, stack, name, outcome=entry.outcome.value, seconds=seconds, summary=summary
        )
        tools.report(StationEnded(stack, name, entry.outcome.value, seconds, summary))
        return entry.outcome.good

    def _outcome(self, job: Job) -> Outcome:
        if job.failure is None:
            return job.outcome
        return (
            Outcome.INTERRUPTED if self._stopped or job.failure.exit_code == Interrupted.exit_code else Outcome.FAILED
        )

    def _result(self) -> RunResult:
        results = tuple(_stack_result(entry, self._stopped) for entry in self._ordered())
        return RunResult(
            run=self._tools.run,
            line=self._name,
            environment=", ".join(sorted({stack.environment.name for stack in self._stacks})),
            outcome=_overall(results),
            seconds=time.monotonic() - self._begun,
            stacks=results,
        )


def _failed(job: Job, station: str, error: InfraOpsError) -> Job:
    failure = Failure(station, error.doing, error.problem, error.hint, int(error.exit_code))
    return replace(job, failure=failure)


def _bug(station: str) -> Failure:
    return Failure(
        station,
        doing=f"working at station {station}",
        problem=f"a bug in infraops: {traceback.format_exc(limit=-3).strip()}",
        hint="please report it, with the log of the run",
        exit_code=3,
    )


def _stack_result(entry: Progress, stopped: bool) -> StackResult:
    outcome = entry.outcome
    if outcome is Outcome.NOT_REACHED and stopped:
        outcome = Outcome.INTERRUPTED
    telling = [record for record in entry.records if record.station in TELLING]
    if outcome.good and telling:
        done = any(record.outcome is Outcome.DONE for record in telling)
        outcome = Outcome.DONE if done else Outcome.UNCHANGED
    job = entry.job
    return StackResult(
        stack=job.stack.name,
        outcome=outcome,
        stations=tuple(entry.records),
        plan=job.plan,
        to_configure=job.to_configure,
        outputs=job.outputs,
        configured=job.configured,
        skipped_hosts=job.skipped_hosts,
        checks=job.checks,
        failure=job.failure,
        notes=job.notes,
        blocked_by=entry.blocked_by,
    )


def _overall(results: tuple[StackResult, ...]) -> Outcome:
    outcomes = {result.outcome for result in results}
    for worst in (Outcome.INTERRUPTED, Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_REACHED):
        if worst in outcomes:
            return Outcome.FAILED if worst is Outcome.BLOCKED else worst
    return Outcome.UNCHANGED if outcomes <= {Outcome.UNCHANGED} else Outcome.DONE
