"""What became of the stacks of a run, and of the whole."""

import traceback
from dataclasses import dataclass, replace

from infraops.errors import InfraOpsError
from infraops.models.run import TELLING, Failure, Outcome, StackResult, StationRecord
from infraops.stations.job import Job


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


def stack_result(entry: Progress, *, stopped: bool) -> StackResult:
    """Return what became of a stack; `stopped` says that the run was interrupted."""
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
        drift=job.drift,
        proven_by=job.proof.run if job.proof is not None else "",
    )


def overall(results: tuple[StackResult, ...]) -> Outcome:
    """Return the outcome of a run: the worst of its stacks'."""
    outcomes = {result.outcome for result in results}
    for worst in (Outcome.INTERRUPTED, Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_REACHED):
        if worst in outcomes:
            return Outcome.FAILED if worst is Outcome.BLOCKED else worst
    return Outcome.UNCHANGED if outcomes <= {Outcome.UNCHANGED} else Outcome.DONE
