"""Station plan: what Terraform would do, read once into the plan model, and which hosts would be configured."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from infraops.models.basics.digests import keyed_digest
from infraops.models.files.template import Consumer
from infraops.models.ledger.stations import DriftFound
from infraops.models.plans.contract import Outputs
from infraops.models.plans.plan import PlanModel, unconfigured_in_words
from infraops.models.runs.run import Outcome
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.job import Job, Options
from infraops.stations.bench.tools import PLAN_FILE, Tools, run_file, say
from infraops.stations.changes.costs import asked_of, cost_for
from infraops.stations.changes.fingerprint import fingerprint_of
from infraops.stations.changes.forgetting import plan_to_forget
from infraops.stations.changes.risk import weighed
from infraops.stations.evidence.hosts import hosts_without_evidence
from infraops.stations.evidence.lost import refuse_lost_state
from infraops.stations.inputs.secrets import fingerprint_key, secrets_for
from infraops.stations.inputs.sources import Inputs, inputs_of, to_module
from infraops.stations.terraform.access import terraform_of
from infraops.tools.terraform.driver import Initialised, Terraform
from infraops.tools.terraform.moving import has_no_state, stands_under_old_name
from infraops.tools.terraform.plans.file import digest_of_file, state_behind
from infraops.tools.terraform.plans.reading import Reading
from infraops.tools.terraform.program.pinned import refuse_without_removed_blocks
from infraops.tools.terraform.state.outputs import outputs_of


def plan(job: Job, tools: Tools) -> Job:
    """Plan one stack with the values its inputs have by now.

    A plan made with stand-ins is marked deferred and its file removed at once, so that nobody can apply it.
    """
    if tools.options.forget:
        return weighed(plan_to_forget(job, tools), tools)
    if job.stack.forget:
        refuse_without_removed_blocks(tools.program, f"planning {job.stack.name}")
    inputs = inputs_of(job.stack, tools)
    model, plan_file, notes = _planned(job, inputs, tools)
    refuse_lost_state(job.stack, model, tools)
    digest = digest_of_file(plan_file)
    if tools.control is not None:
        state = state_behind(plan_file)
        model = replace(model, lineage=state.lineage, serial=state.serial)
    if model.deferred:
        plan_file.unlink()
    if model.drift:  # what was proven of the stack's hosts was proven of other ones
        tools.ledger.append(
            DriftFound(tuple(change.address for change in model.drift)), run=tools.run, stack=job.stack.name
        )
    if not tools.options.destroy and stands_under_old_name(job.stack, tools.workspace):
        model = replace(model, state_from=job.stack.before or "")
    tools.outputs.note_planned(job.stack.name, {} if tools.options.destroy else model.planned_outputs)
    if job.stack.before is not None and has_no_state(job.stack, tools.workspace):
        notes = (*notes, f"moved_from: there is no state of {job.stack.before}, so all is made anew")
    say(tools, job, "plan", notes, important=True)
    job = replace(
        job,
        inputs=inputs.values,
        plan=model,
        plan_file=None if model.deferred else plan_file,
        plan_digest=digest,
        notes=(*job.notes, *notes),
        outcome=Outcome.UNCHANGED if model.empty and not model.deferred else Outcome.DONE,
        summary=_told(model),
        cost=cost_for(job.stack, model, tools),
    )
    hosts = _planned_hosts(job, inputs, model, tools)
    chosen = None if hosts is None else _to_configure(job, hosts, tools)
    fingerprint = fingerprint_of(job, hosts, chosen, tools)
    return weighed(replace(job, to_configure=chosen, fingerprint=fingerprint), tools)


def _planned(job: Job, inputs: Inputs, tools: Tools) -> tuple[PlanModel, Path, tuple[str, ...]]:
    """Let Terraform plan into a file of this run, and read it; with notes for the operator."""
    stack, options = job.stack, tools.options
    terraform = terraform_of(stack, tools, "plan")
    # A stand-in that only the playbook is handed leaves the plan as exact as any other.
    handed = to_module(stack, inputs.values)
    terraform.write_inputs(handed)
    notes = _notes(terraform.init(), tools)
    plan_file = run_file(tools, stack, PLAN_FILE)
    planned = terraform.plan(
        plan_file,
        secrets=secrets_for(stack, Consumer.TERRAFORM, tools),
        destroy=options.destroy,
        replace=() if stack.name in options.replaced else _addresses(terraform, options),
    )
    stand_ins = () if options.destroy else tuple(name for name in inputs.stand_ins if name in handed)
    hand_on = partial(tools.documents.put, stack.name) if tools.reads_plans else None
    keyed, asks_of = partial(_keyed, stack, tools), partial(asked_of, tools)
    asked = Reading(stand_ins, keyed, asks_of, hand_on, every=tools.pricing.every)
    model = terraform.read(planned, asked)
    if model.empty and not model.deferred and not options.destroy:
        tools.outputs.note_real(stack.name, terraform.outputs())  # sensitive ones too, which no plan tells
    return model, plan_file, notes


def _keyed(stack: Stack, tools: Tools, text: str) -> str:
    return keyed_digest(text, fingerprint_key(stack, tools))


def _addresses(terraform: Terraform, options: Options) -> tuple[str, ...]:
    """Return the addresses of what shall be made anew; hosts of other stacks have none here."""
    hosts = options.hosts_to_replace
    addresses = tuple(name for name in options.replace if name not in hosts)
    return (*addresses, *(terraform.addresses_named(hosts) if hosts else ()))


def _planned_hosts(job: Job, inputs: Inputs, model: PlanModel, tools: Tools) -> Outputs | None:
    """Return the outputs that name the hosts a playbook would run on; None where no plan knows them yet."""
    if tools.options.destroy or not job.stack.has_playbook:
        return Outputs()
    if inputs.stand_ins or "hosts" not in model.planned_outputs:
        return None
    known = {name: {"value": value} for name, value in model.planned_outputs.items()}
    return outputs_of(known, stack=job.stack.name)


def _to_configure(job: Job, hosts: Outputs, tools: Tools) -> tuple[str, ...]:
    """Name the hosts to configure: those without evidence, and those that were asked for, which need none to be."""
    without = hosts_without_evidence(job, hosts, tools)
    return tuple(host.name for host in hosts.hosts if host.name in without or host.name in tools.options.limit)


def _notes(initialised: Initialised, tools: Tools) -> tuple[str, ...]:
    if initialised.lock_changed is None:
        return ()
    path = initialised.lock_changed.relative_to(tools.workspace.root)
    return (f"provider lock file written, please commit it: {path}",)


def _told(model: PlanModel) -> str:
    return "; ".join(filter(None, (describe(model), unconfigured_in_words(len(model.unconfigured)))))


def describe(model: PlanModel) -> str:
    """Say in one line what a plan would do."""
    counts = model.counts
    words = [
        f"{number} to {verb}"
        for number, verb in (
            (counts.imports, "import"),
            (counts.create, "add"),
            (counts.update, "change"),
            (counts.replace, "replace"),
            (counts.delete, "destroy"),
            (counts.forget, "forget"),
        )
        if number
    ]
    text = ", ".join(words) or ("outputs change" if model.outputs_changed else "no changes")
    text += f"; state moves from {model.state_from}" if model.state_from else ""
    return f"{text} (deferred: {', '.join(model.stand_ins)} not real yet)" if model.deferred else text
