"""The effect fingerprint: a digest of what carrying a plan out would do, equal for every plan with the same effect.

It is never exchanged with the inputs digest, which says what a stack is made from: the same files have another effect
where the state is another, and other files may have the same one.
"""

from collections.abc import Mapping
from typing import Any

from infraops.controlrepo.digests import module_digest
from infraops.models.basics.digests import digest_of
from infraops.models.plans.contract import Outputs
from infraops.models.plans.plan import PlanModel
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.evidence.hosts import of_host, shared_configuration
from infraops.stations.evidence.stacks import ansible_version, locks_digest
from infraops.stations.inputs.secrets import fingerprint_key

FORMAT = "infraops/effect/v1"  # part of every fingerprint: to be changed when what goes into one changes


def fingerprint_of(job: Job, hosts: Outputs | None, chosen: tuple[str, ...] | None, tools: Tools) -> str:
    """Return the fingerprint of a planned job; empty where nothing would happen.

    `hosts` are those that the plan knows, `chosen` the names of those to configure; None where they are not known
    before they exist: then all that the playbook is made from stands for what it will do.
    """
    assert job.plan is not None
    configures = chosen is None or bool(chosen)
    provisions = bool(job.plan.effect or job.plan.state_from)
    if not provisions and not configures:
        return ""
    return digest_of(
        {
            "format": FORMAT,
            "stack": job.stack.name,
            "stand_ins": sorted(job.plan.stand_ins),
            "provision": _provisioning(job.plan, job, tools) if provisions else None,
            "configure": _configuring(job, hosts, chosen, tools) if configures else None,
        }
    )


def _provisioning(plan: PlanModel, job: Job, tools: Tools) -> Mapping[str, Any]:
    return {
        "effect": plan.effect,
        "state_from": plan.state_from,
        "module": module_digest(job.stack, tools.snapshot),
        "providers": locks_digest(job.stack),
    }


def _configuring(job: Job, hosts: Outputs | None, chosen: tuple[str, ...] | None, tools: Tools) -> Mapping[str, Any]:
    known = {host.name: of_host(host) for host in hosts.hosts if host.name in (chosen or ())} if hosts else None
    shared = shared_configuration(job, tools, key=fingerprint_key(job.stack, tools))
    return {**shared, "ansible": ansible_version(), "hosts": known}
