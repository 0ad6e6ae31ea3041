"""Station assess: what the environment, the blueprint and other stacks allow a plan to do, before anybody is asked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from infraops.assessment.classes import classify, with_change
from infraops.assessment.policy import judge, sentence
from infraops.assessment.subject import lost as addresses_lost
from infraops.assessment.subject import subject_of
from infraops.controlrepo.governance.policies import DIRECTORY
from infraops.errors import Denied
from infraops.models.plans.finding import Finding
from infraops.models.runs.run import Outcome
from infraops.models.stacks.stack import Stack
from infraops.render.hcl import reference
from infraops.stations.bench.control import Control
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools, say
from infraops.stations.changes.beyond import digest_with_beyond
from infraops.stations.changes.costs import cost_by
from infraops.stations.changes.effects import change_of


def assess(job: Job, tools: Tools) -> Job:
    """Refuse a plan that a rule forbids, or that would lose what others need; say in words what the plan amounts to.

    Where changes need approvals, also of which class this one is, and what an approval has to cover.
    Raises Denied, which no approval overrides.
    """
    plan = job.plan
    assert plan is not None
    lost = addresses_lost(plan)
    subject = subject_of(
        job.stack,
        plan,
        today=tools.now().date(),
        destroy=tools.options.backwards,
        cost_centers=tools.names_cost_centers,
        cost=job.cost,
    )
    findings = _judge(job, subject, tools)
    if tools.control is not None:
        job = _classified(job, subject, findings, tools.control, tools)
    spared = [address for address in lost if _is_to_be_forgotten(address, job)]
    if spared:
        raise Denied(
            f"assessing the plan of {job.stack.name}",
            f"it would destroy {', '.join(spared)}, which its blueprint says to forget",
            f"apply {job.stack.name} first, which lets go of that; or take `forget` out of {job.stack.place.file}",
        )
    if lost:
        _refuse_to_strand(job.stack, tools)
    counts = plan.counts
    if plan.failed_checks:
        return _told(job, findings, Outcome.DONE, f"failed checks: {', '.join(plan.failed_checks)}", tools)
    if not counts.total:
        return _told(job, findings, Outcome.UNCHANGED, "nothing would change", tools)
    summary = f"destroys or replaces {counts.destructive}" if counts.destructive else "destroys nothing"
    summary += f"; takes over {counts.imports} that exist" if counts.imports else ""
    summary += f"; lets go of {counts.forget}" if counts.forget else ""
    return _told(job, findings, Outcome.DONE, summary, tools)


def _classified(
    job: Job, subject: Mapping[str, Any], findings: tuple[Finding, ...], control: Control, tools: Tools
) -> Job:
    """Say of which class the change is, by the rules and prices of the protected branch."""
    assert job.plan is not None
    configures = bool(job.to_configure) or (job.to_configure is None and job.stack.has_playbook)
    digest = digest_with_beyond(job.stack, control, tools)
    classified = classify(
        with_change(subject, job.plan, configures=configures),
        rules=control.rules,
        now=tools.now(),
        clean_runs=control.clean_runs.get(digest, 0),
        findings=findings,
        cost=cost_by(control.protected.prices, job.stack, job.plan, tools),
        emergency=control.emergency,
    )
    job = replace(job, classified=classified)
    return replace(job, change=change_of(job, digest, tools))


def _judge(job: Job, subject: Mapping[str, Any], tools: Tools) -> tuple[Finding, ...]:
    """Return the rules that a plan breaks without being stopped; raise Denied where one stops it.

    Where changes need approvals, it is judged by the rules of the protected branch as well: a branch may make rules
    stricter, and never weaker.
    """
    today = tools.now().date()
    document = tools.documents.take(job.stack.name)
    if document is None and tools.reads_plans:
        told = ["policy: rules in Rego are not asked, as Terraform plans nothing here"]
        say(tools, job, "assess", told, important=True)
    findings = judge(subject, *tools.all_policies, today=today, document=document)
    denying = [finding for finding in findings if finding.denies]
    if denying:
        hints = dict.fromkeys(finding.hint for finding in denying if finding.hint)
        raise Denied(
            f"assessing the plan of {job.stack.name}",
            "; ".join(sentence(finding) for finding in denying),
            "; ".join([*hints, f"no approval overrides this, only a waiver in {DIRECTORY}/waivers.yaml"]),
        )
    return findings


def _told(job: Job, findings: tuple[Finding, ...], outcome: Outcome, summary: str, tools: Tools) -> Job:
    """Return the job with what was found; every rule that is broken is said, also one that is waived."""
    say(tools, job, "assess", [f"policy: {sentence(finding)}" for finding in findings])
    waived = dict.fromkeys(f"{finding.rule} waived {finding.waived}" for finding in findings if finding.waived)
    warned = dict.fromkeys(finding.rule for finding in findings if not finding.waived)
    words = [summary, *([f"policy warns: {', '.join(warned)}"] if warned else []), *waived]
    return replace(job, outcome=outcome, summary="; ".join(words), findings=findings)


def _refuse_to_strand(stack: Stack, tools: Tools) -> None:
    """Raise Denied where the end of a stack would leave deployed ones behind that need it."""
    others = tools.needed_by.get(stack.name, ())
    if not others:
        return
    declared = sorted(name.partition("/")[2] for name in others if name in tools.stacks)
    orphans = [name for name in others if name not in tools.stacks]
    ways = [f"`infraops destroy -e {stack.environment.name} {' '.join(declared)}`"] if declared else []
    ways += [f"`infraops destroy -e {stack.environment.name} --orphans`"] if orphans else []
    raise Denied(
        f"assessing the end of {stack.name}",
        f"{', '.join(others)} still need{'s' if len(others) == 1 else ''} it",
        f"destroy them first ({' and '.join(ways)})" + (", or add --with-dependents" if declared else ""),
    )


def _is_to_be_forgotten(address: str, job: Job) -> bool:
    """Whether an address is one that the blueprint lets go of, or lies in it; Terraform's destroy passes that over."""
    return any(re.match(rf"{re.escape(reference(each))}(?![\w-])", address) for each in job.stack.forget)
