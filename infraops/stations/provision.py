"""Station provision: applies exactly the plan that was made, and reads what the module answers."""

from dataclasses import replace

from infraops.errors import InfraOpsError, Stale
from infraops.models.files.template import Consumer
from infraops.models.ledger.stacks import StackDestroyed, StackRenamed
from infraops.models.ledger.stations import InState
from infraops.models.plans.contract import Outputs
from infraops.models.plans.plan import Action
from infraops.models.runs.run import Outcome
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.changes.forgetting import forget
from infraops.stations.evidence.stacks import whereabouts
from infraops.stations.inputs.secrets import secrets_for
from infraops.stations.plan import describe
from infraops.stations.terraform.access import terraform_of
from infraops.stations.terraform.platform import prepare_platform
from infraops.tools.terraform.driver import Terraform
from infraops.tools.terraform.moving import move_state
from infraops.tools.terraform.plans.file import digest_of_file, resources_behind
from infraops.tools.terraform.state.backend import backup_state
from infraops.tools.terraform.state.leftovers import note_card

_DONE = {
    " to import": " imported",
    " to add": " added",
    " to change": " changed",
    " to replace": " replaced",
    " to destroy": " destroyed",
    " to forget": " forgotten",
    "state moves": "state moved",
}
_NOT_KEPT = (Action.DELETE, Action.FORGET, Action.READ)


def provision(job: Job, tools: Tools) -> Job:
    """Apply the job's plan file, then move the state of a renamed stack; of an empty plan only read the outputs."""
    assert job.plan is not None
    if tools.options.forget:
        return forget(job, tools)
    if job.plan_file is None:
        raise InfraOpsError(
            f"provisioning {job.stack.name}", "its plan was made with stand-ins and cannot be applied", "plan it again"
        )
    if digest_of_file(job.plan_file) != job.plan_digest:
        problem = "its plan file is not as it was when the plan was read: somebody altered it"
        raise Stale(f"provisioning {job.stack.name}", problem, "find out who, then plan it again")
    terraform = terraform_of(job.stack, tools, "provision")
    outputs = terraform.outputs() if job.plan.settled else _applied(terraform, job, tools)
    tools.outputs.note_real(job.stack.name, outputs)
    if job.plan.state_from:
        # Noted first, so that the record knows of a move that a kill came after.
        tools.ledger.append(StackRenamed(job.plan.state_from), run=tools.run, stack=job.stack.name)
        move_state(job.stack, tools.workspace, tools.now())
    left = _left_by(job, tools)
    if job.plan.empty:
        return replace(job, outputs=outputs, in_state=left, outcome=Outcome.UNCHANGED, summary="nothing to do")
    summary = _in_the_past(describe(job.plan))
    return replace(job, outputs=outputs, in_state=left, outcome=Outcome.DONE, summary=summary)


def _applied(terraform: Terraform, job: Job, tools: Tools) -> Outputs:
    assert job.plan_file is not None
    if terraform.site.state is not None:
        backup_state(terraform.site.state, tools.now())
        if not tools.options.destroy:
            note_card(terraform.site.state, job.stack)
    prepare_platform(job, tools)
    applied = terraform.apply(job.plan_file, secrets=secrets_for(job.stack, Consumer.TERRAFORM, tools))
    if tools.options.destroy:
        tools.ledger.append(StackDestroyed(), run=tools.run, stack=job.stack.name)
    return applied.outputs


def _left_by(job: Job, tools: Tools) -> InState | None:
    """Count what is in the state now; of a plan with nothing to do, Terraform does not say that."""
    assert job.plan is not None and job.plan_file is not None
    told = sum(change.action not in _NOT_KEPT for change in job.plan.changes)
    resources = told if job.plan.changes else resources_behind(job.plan_file)
    return None if resources is None else InState(resources, whereabouts(job.stack, tools.workspace))


def _in_the_past(planned: str) -> str:
    for plan, done in _DONE.items():
        planned = planned.replace(plan, done)
    return planned
