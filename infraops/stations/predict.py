"""Station predict: what Ansible's check mode says that configure would do, on hosts that exist; nothing is changed."""

from dataclasses import replace

from infraops.models.plans.contract import Host
from infraops.models.runs.results import Checked, Prediction
from infraops.models.runs.run import Outcome
from infraops.stations.ansible.playing import check_on
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.terraform.access import terraform_of


def predict(job: Job, tools: Tools) -> Job:
    """Ask the hosts that would be configured. Those that the plan makes, or makes others of, cannot be asked."""
    assert job.plan is not None
    if not job.stack.has_playbook or job.to_configure == ():
        return replace(job, outcome=Outcome.UNCHANGED, summary="no host would be configured")
    outputs = terraform_of(job.stack, tools, "predict").outputs()
    there = [host for host in outputs.hosts if _stays(host, job)]
    others = tuple(name for name in job.to_configure or () if name not in {host.name for host in there})
    if not there:
        prediction = Prediction(not_asked=others)
        return replace(job, prediction=prediction, outcome=Outcome.UNCHANGED, summary="its hosts do not exist yet")
    checked = check_on(job, outputs, there, tools)
    prediction = Prediction(checked.checked, checked.silent, others)
    return replace(job, prediction=prediction, outcome=Outcome.DONE, summary=describe(checked.checked))


def describe(found: Checked) -> str:
    """Say in one line what check mode found."""
    words = [
        f"{sum(map(len, tasks.values()))} {what}"
        for tasks, what in (
            (found.changes, "predicted"),
            (found.unpredictable, "not predictable"),
            (found.escapes, "run even in check mode"),
        )
        if tasks
    ]
    return f"tasks: {', '.join(words)}" if words else "no task would change anything"


def _stays(host: Host, job: Job) -> bool:
    """Whether a host that is there would be configured, and the plan leaves it as it is."""
    planned = job.plan.planned_outputs.get("hosts") if job.plan is not None else None
    described = planned.get(host.name) if isinstance(planned, dict) else None
    same = isinstance(described, dict) and described.get("identity", host.identity) == host.identity
    return same and host.name in (job.to_configure or ())
