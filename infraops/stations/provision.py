"""Station provision: applies exactly the plan that was made, and reads what the module answers."""

from dataclasses import replace

from infraops.errors import InfraOpsError
from infraops.models.run import Outcome
from infraops.models.template import Consumer
from infraops.stations.bench import Tools
from infraops.stations.job import Job
from infraops.stations.plan import describe
from infraops.stations.platform import prepare_platform
from infraops.stations.secrets import secrets_for
from infraops.stations.terraform import terraform_of
from infraops.tools.terraform.backend import backup_state
from infraops.tools.terraform.leftovers import note_card


def provision(job: Job, tools: Tools) -> Job:
    """Apply the job's plan file; where the plan is empty, only the outputs are read."""
    assert job.plan is not None
    if job.plan_file is None:
        raise InfraOpsError(
            f"provisioning {job.stack.name}", "its plan was made with stand-ins and cannot be applied", "plan it again"
        )
    terraform = terraform_of(job.stack, tools, "provision")
    if job.plan.empty:
        outputs = terraform.outputs()
        tools.outputs.note_real(job.stack.name, outputs)
        return replace(job, outputs=outputs, outcome=Outcome.UNCHANGED, summary="nothing to do")
    if terraform.site.state is not None:
        backup_state(terraform.site.state, tools.now())
        if not tools.options.destroy:
            note_card(terraform.site.state, job.stack)
    prepare_platform(job, tools)
    applied = terraform.apply(job.plan_file, secrets=secrets_for(job.stack, Consumer.TERRAFORM, tools))
    outputs = applied.outputs
    if tools.options.destroy:
        tools.ledger.stack_destroyed(tools.run, job.stack.name)
    tools.outputs.note_real(job.stack.name, outputs)
    done = describe(job.plan).replace(" to add", " added").replace(" to change", " changed")
    done = done.replace(" to replace", " replaced").replace(" to destroy", " destroyed")
    return replace(job, outputs=outputs, outcome=Outcome.DONE, summary=done)
