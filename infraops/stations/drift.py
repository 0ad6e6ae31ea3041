"""Station drift: what is not as it was applied, by Terraform's refresh and by Ansible's check mode; nothing changes."""

from dataclasses import replace

from infraops.ledger.evidence import ACTING
from infraops.models.files.template import Consumer
from infraops.models.ledger.stations import DriftFound, StationEnded, StationStarted
from infraops.models.plans.contract import Outputs
from infraops.models.plans.plan import Action, PlanModel, unconfigured_in_words
from infraops.models.runs.results import Configured, Drift
from infraops.models.runs.run import Failure, Outcome
from infraops.stations.ansible.playing import check_on
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import PLAN_FILE, Tools, run_file
from infraops.stations.evidence.lost import refuse_if_deployed, refuse_lost_state
from infraops.stations.evidence.stacks import MADE_FROM
from infraops.stations.inputs.secrets import secrets_for
from infraops.stations.inputs.sources import inputs_of, to_module
from infraops.stations.terraform.access import terraform_of
from infraops.tools.terraform.state.backend import is_there


def drift(job: Job, tools: Tools) -> Job:
    """Compare a stack with what was applied. What is found voids its evidence, so that the next apply heals it."""
    terraform = terraform_of(job.stack, tools, "drift")
    if terraform.site.state is not None and not is_there(terraform.site.state):
        refuse_if_deployed(job.stack, tools)
        return replace(job, outcome=Outcome.UNCHANGED, summary="not applied")
    inputs = inputs_of(job.stack, tools)
    terraform.write_inputs(to_module(job.stack, inputs.values))
    terraform.init()
    outputs = terraform.outputs()
    plan_file = run_file(tools, job.stack, PLAN_FILE)
    secrets = secrets_for(job.stack, Consumer.TERRAFORM, tools)
    # Not a refresh-only plan: where a resource is gone, the outputs that speak of it would end that one.
    model = terraform.read(terraform.plan(plan_file, secrets=secrets))
    plan_file.unlink()
    refuse_lost_state(job.stack, model, tools)
    job = replace(job, inputs=inputs.values, outputs=outputs)
    checked = _in_check_mode(job, outputs, model, tools)
    found = _found(model, checked)
    if found.any:
        tools.ledger.append(
            DriftFound((*(c.address for c in found.resources), *found.hosts)), run=tools.run, stack=job.stack.name
        )
        found = replace(found, explained=_explained(job, tools))
    job = replace(job, drift=found, outcome=Outcome.DONE if found.any else Outcome.UNCHANGED, summary=describe(found))
    if found.silent:
        names = ", ".join(found.silent)
        failure = Failure(
            "drift",
            f"looking at the hosts of {job.stack.name}",
            f"{names}: not reached, or a task failed in check mode",
            f"`infraops logs --stack {job.stack.name}` shows every task",
        )
        return job if found.any else replace(job, failure=failure)
    return job


def describe(found: Drift) -> str:
    """Say in one line what was found."""
    words = []
    if found.resources:
        words.append(f"{len(found.resources)} resource{'s' if len(found.resources) > 1 else ''} changed")
    if found.hosts:
        words.append(f"{len(found.hosts)} host{'s' if len(found.hosts) > 1 else ''} configured otherwise")
    return "; ".join(
        filter(None, (", ".join(words) or "as it was applied", unconfigured_in_words(len(found.unconfigured))))
    )


def _in_check_mode(job: Job, outputs: Outputs, model: PlanModel, tools: Tools) -> Configured:
    """Let Ansible say what it would do on the hosts that are there."""
    hosts = [] if _loses_hosts(model) else list(outputs.hosts)
    if not job.stack.has_playbook or not hosts:
        return Configured()
    return check_on(job, outputs, hosts, tools)


def _loses_hosts(model: PlanModel) -> bool:
    """Whether hosts may be among what has changed: then nothing can be said of how they are configured."""
    return any(change.action in (Action.DELETE, Action.UPDATE) for change in model.drift)


def _found(model: PlanModel, checked: Configured) -> Drift:
    return Drift(
        resources=model.drift,
        hosts={name: recap.changed for name, recap in checked.hosts.items() if recap.changed},
        silent=checked.silent,
        unconfigured=model.unconfigured,
    )


def _explained(job: Job, tools: Tools) -> str:
    """Say whether the ledger knows a run that may have done it, or a change that waits to be applied."""
    success = tools.proofs.get(job.stack.name)
    if success is None:
        return _last_to_act(job, tools)
    if success.digests.get(MADE_FROM) != job.made_from:
        return f"its files have changed since run {success.run}, and were not applied"
    return f"no run has acted on it since {success.run}: somebody else did"


def _last_to_act(job: Job, tools: Tools) -> str:
    """Say how the newest run ended that did something; one that was limited to some hosts proves nothing, but may."""
    for entry in reversed(tools.ledger.entries(stack=job.stack.name)):
        match entry.payload:
            case StationEnded(station="verify", outcome=outcome) if outcome.good:
                return f"no run has acted on it since {entry.run}: somebody else did"
            case StationStarted(station=station) | StationEnded(station=station) if station in ACTING:
                return f"run {entry.run} was the last to act on it, and did not end well"
    return "no run of the ledger has acted on it"
