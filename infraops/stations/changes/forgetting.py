"""Letting go of whole stacks: their states are set aside, and nothing that they hold is touched.

Terraform is not asked to plan that: it would want the providers, and the configuration they had in a module that may be
gone. What is let go of is what the state holds, so the state says it all; of a state that is lost, the ledger does.
"""

from dataclasses import replace

from infraops.errors import Stale
from infraops.models.basics.digests import digest_of
from infraops.models.ledger.answers import Deployed
from infraops.models.ledger.stacks import StackForgotten
from infraops.models.plans.contract import Outputs
from infraops.models.plans.plan import Action, PlanModel, ResourceChange
from infraops.models.runs.run import Outcome
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools, say
from infraops.stations.changes.fingerprint import fingerprint_of
from infraops.stations.evidence.lost import known_of
from infraops.stations.terraform.access import terraform_of
from infraops.tools.terraform.driver import Terraform
from infraops.tools.terraform.state.keeping import Held


def plan_to_forget(job: Job, tools: Tools) -> Job:
    """Say what a stack's state holds, all of which would be let go of."""
    held, known = _to_let_go_of(job.stack, terraform_of(job.stack, tools, "plan"), tools)
    changes = _changes(held, known)
    model = PlanModel(changes, outputs_changed=held.outputs, lineage=held.lineage, serial=held.serial)
    if not model.empty:
        told = sorted((change.address, change.type) for change in changes)
        model = replace(model, effect=digest_of({"forget": told, "outputs": held.outputs}))
    notes = []
    if others := tools.needed_by.get(job.stack.name, ()):
        notes.append(f"still needed by {', '.join(others)}: what these take from it cannot be had any more")
    say(tools, job, "plan", notes, important=True)
    return replace(
        job,
        notes=(*job.notes, *notes),
        fingerprint=fingerprint_of(replace(job, plan=model), Outputs(), (), tools),
        plan=model,
        to_configure=(),
        outcome=Outcome.UNCHANGED if model.empty else Outcome.DONE,
        summary=_told(model, "to forget"),
    )


def forget(job: Job, tools: Tools) -> Job:
    """Set the state of a stack aside; the ledger knows from then on that nothing of it is proven.

    Raises Stale where the state holds something else than what was shown.
    """
    assert job.plan is not None
    if job.plan.empty:
        return replace(job, outputs=Outputs(), outcome=Outcome.UNCHANGED, summary="nothing to do")
    stack = job.stack
    terraform = terraform_of(stack, tools, "provision")
    held, known = _to_let_go_of(stack, terraform, tools)
    if _changes(held, known) != job.plan.changes:
        problem = "its state holds other things than a moment ago, when it was shown"
        raise Stale(f"letting go of {stack.name}", problem, "look at what it holds, and forget it again")
    notes = []
    if known is None:
        kept = terraform.let_go(held, tools.now())
        notes.append(f"its state is kept in {kept}")
    tools.ledger.append(
        StackForgotten(known.resources if known else len(held.resources)), run=tools.run, stack=stack.name
    )
    if stack.has_blueprint:
        notes.append(
            f"{stack.place.file} still declares it: the next apply makes it anew, unless it adopts what exists"
        )
    say(tools, job, "provision", notes, important=True)
    done = replace(job, outputs=Outputs(), notes=(*job.notes, *notes))
    return replace(done, outcome=Outcome.DONE, summary=_told(job.plan, "forgotten"))


def _to_let_go_of(stack: Stack, terraform: Terraform, tools: Tools) -> tuple[Held, Deployed | None]:
    """Return what a stack's state holds; where that is nothing, with what the ledger knows to have been in it."""
    held = terraform.held()
    return held, None if held.resources or held.outputs else known_of(stack, tools)


def _changes(held: Held, known: Deployed | None) -> tuple[ResourceChange, ...]:
    if known is None:
        return tuple(ResourceChange(address, kind, Action.FORGET) for address, kind in held.resources)
    address = f"({known.many} that run {known.run} left in a state that is lost)"
    return (ResourceChange(address, "", Action.FORGET, "only the record learns that they are gone"),)


def _told(plan: PlanModel, verb: str) -> str:
    if plan.empty:
        return "nothing is held"
    return f"{plan.counts.forget or 'outputs'} {verb}"
