"""Carrying a line out over a set of stacks: every start and outcome in the ledger before the next begins."""

import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace

from infraops.errors import InfraOpsError, system_error
from infraops.models.ledger import stations as entries
from infraops.models.ledger.stacks import StackBlocked, StacksProven
from infraops.models.runs.events import StationEnded, StationStarted
from infraops.models.runs.run import PROVISION, Outcome, RunResult, StationRecord
from infraops.models.stacks.stack import Stack
from infraops.schedule.graph import Graph, graph_of, in_order
from infraops.schedule.local import work_through
from infraops.schedule.refusing import is_refused, refuse_in_part
from infraops.schedule.stopwatch import Stopwatch
from infraops.schedule.verdicts import Progress, bug, failed, outcome_of, overall, stack_result
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Gate, Line, Station, Tools, name_of
from infraops.stations.evidence.stacks import made_from, proven
from infraops.stations.inputs.sources import inputs_of, outputs_of_earlier_run

RECALLED = 20  # stacks that were left alone, and whose outputs are shown all the same


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

    def __init__(self, name: str, line: Line, jobs: Mapping[str, Job], tools: Tools) -> None:
        self._name = name
        self._before, self._gate, self._after = split_at_gate(line)
        self._tools = tools
        self._progress = {stack: Progress(job, []) for stack, job in jobs.items()}
        self._stacks: tuple[Stack, ...] = tuple(job.stack for job in jobs.values())
        self._asking = threading.Lock()
        self._watch = Stopwatch()

    def carry_out(self) -> RunResult:
        """Carry every stack through the line and return what became of each.

        Raises what the gate raises (nobody said yes, a rule forbids it); failures of stacks are in the result.
        """
        self._look_at_files()
        # Planning follows the producers even when destroying, because values flow from them.
        self._through(self._before, graph_of(self._stacks))
        if self._gate is not None and not self._stopped:
            fit = tuple(entry.job for entry in self._ordered() if entry.outcome.good and entry.job.proof is None)
            if fit:
                self._pass(self._gate, fit)
        if self._after:
            self._through(self._after, graph_of(self._stacks, reverse=self._tools.options.backwards))
        self._account_for_proven()
        return self.so_far()

    def _pass(self, gate: Gate, jobs: tuple[Job, ...]) -> None:
        """Let the gate decide on all stacks; where it says no, the record says of each that it stands there."""
        begun = time.monotonic()
        try:
            with self._watch.asking():
                if self._tools.options.destroy:
                    refuse_in_part(self._ordered())
                gate.decide(jobs, self._tools, False)
        except InfraOpsError as error:
            ended, seconds = outcome_of(error.exit_code), time.monotonic() - begun
            for job in jobs:
                self._tools.ledger.append(
                    entries.StationEnded(gate.name, ended, seconds, summary=error.problem),
                    run=self._tools.run,
                    stack=job.stack.name,
                )
            raise

    def _account_for_proven(self) -> None:
        """Take down which stacks were left alone; of a few, look up what they answer, for the summary of the run."""
        left_alone = [entry for entry in self._ordered() if entry.job.proof is not None]
        if left_alone:
            runs = {entry.job.stack.name: entry.job.proof.run for entry in left_alone if entry.job.proof is not None}
            self._tools.ledger.append(StacksProven(runs), run=self._tools.run)
        for entry in left_alone[:RECALLED] if self._after else ():
            if entry.job.stack.environment.file.state.backend == "local":  # others are asked through a process
                with suppress(InfraOpsError):
                    entry.job = replace(entry.job, outputs=outputs_of_earlier_run(entry.job.stack.name, self._tools))

    def _look_at_files(self) -> None:
        """Digest what the stacks are made from, once, before anything is rendered from it."""
        for entry in self._progress.values():
            with suppress(InfraOpsError):  # station validate says what is missing
                entry.job = replace(entry.job, made_from=made_from(entry.job.stack, self._tools))

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
            slots=self._tools.slots,
            blocked=self._block,
            stop=self._tools.children.interrupted,
            already_failed=failed,
        )

    def _block(self, stack: str, culprit: str) -> None:
        entry = self._progress[stack]
        entry.outcome, entry.blocked_by = Outcome.BLOCKED, culprit
        entry.job = replace(entry.job, proof=None)  # what it waits for is not as it was proven
        self._tools.ledger.append(StackBlocked(culprit), run=self._tools.run, stack=stack)

    def _carry(self, stack: str, stations: tuple[Station, ...]) -> bool:
        entry = self._progress[stack]
        try:
            passed = self._pass_through(entry, stations)
        finally:
            self._tools.ledger.settle(self._tools.run, stack)
        # What is refused stays as it is, so that others can be planned, and all that is refused is told at once.
        return passed or (self._tools.options.destroy and stations is self._before and is_refused(entry))

    def _pass_through(self, entry: Progress, stations: tuple[Station, ...]) -> bool:
        was_proven = entry.job.proof is not None
        if (was_proven or not entry.records) and self._is_proven(entry):
            return True
        if stations is self._after and self._gate is not None and (was_proven or self._must_look_again(entry.job)):
            again = self._before if was_proven else self._before[1:]
            if not all(self._at(entry, station) for station in again):
                return False
            if not self._approve_again(entry, unseen=was_proven):
                return False
        return all(self._at(entry, station) for station in stations)

    def _is_proven(self, entry: Progress) -> bool:
        """Look the evidence up: a stack that it proves up to date passes no station."""
        entry.job = replace(entry.job, proof=proven(entry.job, self._tools))
        if entry.job.proof is not None:
            entry.outcome = Outcome.UNCHANGED
        return entry.job.proof is not None

    def _must_look_again(self, job: Job) -> bool:
        """Whether the plan was made with values that were not real, or are so no more: it can never be applied."""
        if job.plan is None or self._tools.options.backwards:
            return False
        return job.plan.deferred or inputs_of(job.stack, self._tools).values != job.inputs

    def _approve_again(self, entry: Progress, *, unseen: bool) -> bool:
        """Ask about a plan that was made behind the gate: where it loses something, or where nobody saw one before.

        Where changes need approvals, each of these plans has to be covered by one.
        """
        assert self._gate is not None
        gate = self._gate
        plan = entry.job.plan
        loses = plan is not None and bool(plan.counts.destructive)
        if not loses and not unseen and self._tools.control is None:
            return True

        def ask(job: Job, tools: Tools) -> Job:
            with self._watch.asking(), self._asking:
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
        tools.ledger.hold(entries.StationStarted(name), run=tools.run, stack=stack)
        tools.report(StationStarted(stack, name))
        begun, (begun_at, _) = time.monotonic(), self._watch.read()
        try:
            with self._watch.working() if self._gate is None or name != self._gate.name else nullcontext():
                entry.job = station(entry.job, tools)
        except InfraOpsError as error:
            entry.job = failed(entry.job, name, error)
        except OSError as error:  # a full disk, a file where a directory should be: not ours to mend
            entry.job = failed(entry.job, name, system_error(error))
        except Exception:
            entry.job = replace(entry.job, failure=bug(name))
        seconds = time.monotonic() - begun
        entry.outcome = self._outcome(entry.job)
        summary = entry.job.failure.problem if entry.job.failure else entry.job.summary
        taken = self._watch.read()[0] - begun_at  # less than `seconds` where it waited for an answer
        entry.records.append(StationRecord(name, entry.outcome, begun_at, taken, summary))
        digests = dict(entry.job.digests) if entry.outcome.good else {}
        in_state = entry.job.in_state if name == PROVISION else None
        ended = entries.StationEnded(name, entry.outcome, seconds, digests, summary, in_state)
        tools.ledger.hold(ended, run=tools.run, stack=stack)
        tools.report(StationEnded(stack, name, entry.outcome.value, seconds, summary))
        return entry.outcome.good

    def _outcome(self, job: Job) -> Outcome:
        if job.failure is None:
            return job.outcome
        return Outcome.INTERRUPTED if self._stopped else outcome_of(job.failure.exit_code)

    def so_far(self) -> RunResult:
        """Return what became of the stacks, or how far they have come."""
        line = [name_of(station) for station in (*self._before, *self._after)]
        stopped = self._stopped
        seconds, waited = self._watch.read()
        results = tuple(stack_result(entry, last=line[-1], stopped=stopped) for entry in self._ordered())
        return RunResult(
            run=self._tools.run,
            line=self._name,
            environment=", ".join(sorted({stack.environment.name for stack in self._stacks})),
            outcome=overall(results, stopped=stopped),
            seconds=seconds,
            waited=waited,
            stacks=results,
            acting=PROVISION in line,
        )
