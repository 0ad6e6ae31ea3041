"""What became of the stacks of a run, and of the whole."""

import traceback
from dataclasses import dataclass, replace

from infraops.errors import Exit, InfraOpsError
from infraops.models.runs.run import TELLING, Failure, Outcome, StackResult, StationRecord
from infraops.stations.bench.job import Job


@dataclass
class Progress:
    """One stack's way so far, owned by the thread that carries it."""

    job: Job
    records: list[StationRecord]
    outcome: Outcome = Outcome.NOT_REACHED
    blocked_by: str = ""


def failed(job: Job, station: str, error: InfraOpsError) -> Job:
    """Return the job as one that an operator's error ended."""
    failure = Failure(station, error.doing, error.problem, error.hint, int(error.exit_code))
    return replace(job, failure=failure)


def bug(station: str) -> Failure:
    """Describe the exception that is being handled, which no station should have raised."""
    return Failure(
        station,
        doing=f"working at station {station}",
        problem=f"a bug in infraops: {traceback.format_exc(limit=-3).strip()}",
        hint="please report it, with the log of the run",
        exit_code=3,
    )


def outcome_of(exit_code: int) -> Outcome:
    """Return how something ended that did not succeed: to be stopped, or to be told no, is no failure."""
    enough = {Exit.INTERRUPTED: Outcome.INTERRUPTED, Exit.NOT_APPROVED: Outcome.NOT_APPROVED}
    return enough.get(Exit(exit_code), Outcome.FAILED)


def stack_result(entry: Progress, *, last: str, stopped: bool) -> StackResult:
    """Return what became of a stack.

    `last` is the station that its line ends with: a stack that did not come through it, and is not proven, was not
    done. `stopped` says that the run was interrupted.
    """
    outcome = entry.outcome
    at_the_end = entry.job.proof is not None or (bool(entry.records) and entry.records[-1].station == last)
    if outcome is Outcome.NOT_REACHED or (outcome.good and not at_the_end):
        outcome = Outcome.INTERRUPTED if stopped else Outcome.NOT_REACHED
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
        fingerprint=job.fingerprint,
        outputs=job.outputs,
        configured=job.configured,
        skipped_hosts=job.skipped_hosts,
        checks=job.checks,
        failure=job.failure,
        findings=job.findings,
        cost=job.cost,
        risk=job.risk,
        classified=job.classified,
        change=job.change,
        notes=job.notes,
        blocked_by=entry.blocked_by,
        drift=job.drift,
        prediction=job.prediction,
        proven_by=job.proof.run if job.proof is not None else "",
        emulated=job.stack.environment.file.emulator is not None,
        template=job.stack.template.reference,
        pinned_apart_from=job.stack.pinned_apart_from,
    )


def overall(results: tuple[StackResult, ...], *, stopped: bool) -> Outcome:
    """Return the outcome of a run: the worst of its stacks', and interrupted where it was told to stop."""
    if stopped:
        return Outcome.INTERRUPTED
    outcomes = {result.outcome for result in results}
    for worst in (Outcome.INTERRUPTED, Outcome.FAILED, Outcome.NOT_APPROVED, Outcome.BLOCKED, Outcome.NOT_REACHED):
        if worst in outcomes:
            return Outcome.FAILED if worst is Outcome.BLOCKED else worst
    return Outcome.UNCHANGED if outcomes <= {Outcome.UNCHANGED} else Outcome.DONE
