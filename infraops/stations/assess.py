"""Station assess: what the environment, the blueprint and other stacks allow a plan to do, before anybody is asked."""

import re
from dataclasses import replace

from infraops.errors import Denied
from infraops.models.plan import Action
from infraops.models.run import Outcome
from infraops.models.stack import Stack
from infraops.render.hcl import reference
from infraops.stations.bench import Tools
from infraops.stations.job import Job


def assess(job: Job, tools: Tools) -> Job:
    """Refuse a plan that would lose what a template protects or others need; say in words what the plan amounts to.

    Raises Denied, which no approval overrides.
    """
    assert job.plan is not None
    lost = [c.address for c in job.plan.changes if c.action in (Action.DELETE, Action.REPLACE, Action.UNKNOWN)]
    if lost and job.stack.protected:
        raise Denied(
            f"assessing the plan of {job.stack.name}",
            f"it would destroy {', '.join(lost)}; template {job.stack.template.reference} protects it, "
            "because it holds data",
            f"set `allow_destroy: true` in {job.stack.place.file}, or `change: {{protect_data: false}}` in the "
            "environment's environment.yaml, if losing the data is meant",
        )
    spared = [address for address in lost if _is_to_be_forgotten(address, job)]
    if spared:
        raise Denied(
            f"assessing the plan of {job.stack.name}",
            f"it would destroy {', '.join(spared)}, which its blueprint says to forget",
            f"apply {job.stack.name} first, which lets go of that; or take `forget` out of {job.stack.place.file}",
        )
    if lost:
        _refuse_to_strand(job.stack, tools)
    counts = job.plan.counts
    if job.plan.failed_checks:
        return replace(job, outcome=Outcome.DONE, summary=f"failed checks: {', '.join(job.plan.failed_checks)}")
    if not counts.total:
        return replace(job, outcome=Outcome.UNCHANGED, summary="nothing would change")
    summary = f"destroys or replaces {counts.destructive}" if counts.destructive else "destroys nothing"
    summary += f"; takes over {counts.imports} that exist" if counts.imports else ""
    summary += f"; lets go of {counts.forget}" if counts.forget else ""
    return replace(job, outcome=Outcome.DONE, summary=summary)


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
