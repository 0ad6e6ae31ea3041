"""Station configure: the playbook on the hosts that need it, over SSH, and the evidence that it succeeded."""

from dataclasses import replace

from infraops.errors import InfraOpsError
from infraops.models.ledger.stations import HostConfigured, HostsTouched
from infraops.models.plans.contract import Outputs
from infraops.models.runs.results import Configured
from infraops.models.runs.run import Failure, Outcome
from infraops.models.stacks.stack import Stack
from infraops.stations.ansible.playing import install_requirements, may_share, play_on, play_with_others
from infraops.stations.ansible.reach import kept_keys, wait_for_ssh, with_last_words
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.evidence.hosts import configuration_digests, hosts_without_evidence


def configure(job: Job, tools: Tools) -> Job:
    """Run the stack's playbook on every host the ledger does not prove configured from the same digests."""
    assert job.outputs is not None
    if not job.stack.has_playbook:
        return replace(job, outcome=Outcome.UNCHANGED, summary=job.stack.not_configured)
    chosen = _chosen(job, job.outputs, tools)
    skipped = tuple(host.name for host in job.outputs.hosts if host.name not in chosen)
    if not chosen:
        summary = f"{len(skipped)} proven by the ledger"
        return replace(job, skipped_hosts=skipped, outcome=Outcome.UNCHANGED, summary=summary)
    digests = configuration_digests(job, job.outputs, tools)
    install_requirements(job, tools)
    silent = wait_for_ssh(job, [host for host in job.outputs.hosts if host.name in chosen], tools)
    tools.ledger.append(HostsTouched(tuple(sorted(chosen))), run=tools.run, stack=job.stack.name)
    play = play_with_others if may_share(job.stack) else play_on
    result = with_last_words(play(job, job.outputs, chosen, tools), silent, kept_keys(job, tools))
    for host in job.outputs.hosts:
        if host.name in result.hosts and result.hosts[host.name].succeeded:
            tools.ledger.append(
                HostConfigured(
                    host.name, host.identity, digests[host.name], independent=job.stack.template.file.independent_hosts
                ),
                run=tools.run,
                stack=job.stack.name,
            )
    job = replace(job, configured=result, skipped_hosts=skipped)
    if not result.succeeded:
        return replace(job, failure=_failure(job.stack, result))
    changed = sum(recap.changed for recap in result.hosts.values())
    summary = _summary(len(result.hosts), changed, skipped=len(skipped), shared_with=result.shared_with)
    return replace(job, outcome=Outcome.DONE, summary=summary)


def _chosen(job: Job, outputs: Outputs, tools: Tools) -> frozenset[str]:
    """Choose the hosts to configure; `--limit` overrides the evidence."""
    names = {host.name for host in outputs.hosts}
    if not names:
        raise InfraOpsError(
            f"configuring {job.stack.name}",
            "Terraform answered with no hosts, and there is a playbook to run on them",
            "the module's output `hosts` must name them",
        )
    limit = tools.options.limit
    return frozenset(names & set(limit)) if limit else frozenset(hosts_without_evidence(job, outputs, tools))


def _failure(stack: Stack, result: Configured) -> Failure:
    named = "; ".join(
        f"{failure.host}: {'unreachable' if failure.unreachable else failure.task}: {failure.message}"
        for failure in result.failures[:5]
    )
    more = len(result.failures) - 5
    hosts = len({failure.host for failure in result.failures})
    return Failure(
        "configure",
        f"configuring {stack.name}",
        f"{hosts} of {len(result.hosts)} hosts failed: {named}" + (f"; and {more} more" if more > 0 else ""),
        f"`infraops logs --stack {stack.name}` shows every task; mend the cause and apply again",
    )


def _summary(hosts: int, changed: int, *, skipped: int, shared_with: int) -> str:
    text = f"{hosts} host{'s' if hosts != 1 else ''}, {changed} task{'s' if changed != 1 else ''} changed"
    proven = f"; {skipped} proven by the ledger" if skipped else ""
    shared = f"; shared with {shared_with} stack{'s' if shared_with != 1 else ''}" if shared_with else ""
    return text + proven + shared
