"""How risky a planned job is, by what the ledger knew when the run began and by what the control repo declares."""

from dataclasses import replace

from infraops.assessment.risk import risk_of
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools


def weighed(job: Job, tools: Tools) -> Job:
    """Return a planned job with its risk."""
    assert job.plan is not None
    return replace(job, risk=risk_of(job.stack, job.plan, job.to_configure, tools.past, tools.waiting))
