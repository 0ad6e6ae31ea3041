"""Station configure: the playbook on the hosts that need it, over SSH, and the evidence that it succeeded."""

from collections.abc import Callable
from dataclasses import replace

from infraops.errors import InfraOpsError
from infraops.models.contract import Outputs
from infraops.models.results import Configured
from infraops.models.run import Failure, Outcome
from infraops.models.stack import Stack
from infraops.models.template import Consumer
from infraops.stations.evidence import configuration_digests, hosts_without_evidence
from infraops.stations.inputs import open_to_playbook, secret_to_playbook
from infraops.stations.job import Job, Tools, say, tell, watch_for
from infraops.stations.reach import wait_for_ssh, with_last_words
from infraops.stations.secrets import secrets_for
from infraops.tools.ansible.events import AnsibleEvent
from infraops.tools.ansible.playbook import configure as run_playbook


def configure(job: Job, tools: Tools) -> Job:
    """Run the stack's playbook on every host the ledger does not prove configured from the same digests."""
    assert job.outputs is not None
    if not job.stack.has_playbook:
        return replace(job, outcome=Outcome.UNCHANGED, summary="the template has no playbook")
    chosen = _chosen(job, job.outputs, tools)
    skipped = tuple(host.name for host in job.outputs.hosts if host.name not in chosen)
    if not chosen:
        summary = f"{len(skipped)} proven by the ledger"
        return replace(job, skipped_hosts=skipped, outcome=Outcome.UNCHANGED, summary=summary)
    digests = configuration_digests(job, job.outputs, tools)
    silent = wait_for_ssh(job, [host for host in job.outputs.hosts if host.name in chosen], tools)
    tools.ledger.hosts_touched(tools.run, job.stack.name, sorted(chosen))
    result = with_last_words(play_on(job, job.outputs, chosen, tools), silent)
    for host in job.outputs.hosts:
        if host.name in result.hosts and result.hosts[host.name].succeeded:
            tools.ledger.host_configured(
                tools.run,
                job.stack.name,
                host=host.name,
                identity=host.identity,
                digest=digests[host.name],
                independent=job.stack.template.file.independent_hosts,
            )
    job = replace(job, configured=result, skipped_hosts=skipped)
    if not result.succeeded:
        return replace(job, failure=_failure(job.stack, result))
    changed = sum(recap.changed for recap in result.hosts.values())
    return replace(job, outcome=Outcome.DONE, summary=_summary(len(result.hosts), changed, len(skipped)))


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


def play_on(job: Job, outputs: Outputs, chosen: frozenset[str], tools: Tools, *, check: bool = False) -> Configured:
    """Run the stack's playbook on the chosen hosts; with `check`, only let Ansible say what it would change."""
    stack = job.stack
    return run_playbook(
        play=job.directory / "play.yml",
        hosts=outputs.hosts,
        variables=open_to_playbook(stack, job.inputs),
        secrets=secrets_for(stack, Consumer.PLAYBOOK, tools) | secret_to_playbook(stack, job.inputs),
        run_directory=tools.run_directory / f"{stack.environment.name}-{stack.blueprint}-ansible",
        group_vars_from=stack.environment.directory,
        limit=tuple(sorted(chosen)),
        forks=tools.options.forks,
        check=check,
        on_event=_teller(job, tools),
        watch=watch_for(tools, stack.name, "ansible-playbook"),
        children=tools.children,
        environ=tools.environ,
    )


def _teller(job: Job, tools: Tools) -> Callable[[AnsibleEvent], None]:
    """Turn what Ansible says into the run's events: tasks are progress, what happened on hosts is the log."""
    progress = tell(tools, job, "configure")

    def hear(event: AnsibleEvent) -> None:
        if event.kind in ("task", "play"):
            progress(event.text)
        say(tools, job, "configure", [event.text])

    return hear


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


def _summary(hosts: int, changed: int, skipped: int) -> str:
    text = f"{hosts} host{'s' if hosts != 1 else ''}, {changed} task{'s' if changed != 1 else ''} changed"
    return f"{text}; {skipped} proven by the ledger" if skipped else text
