"""Running the playbook of a stack: alone, or in one Ansible run with the stacks that wait to have the same one run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from infraops.controlrepo.playbooks.requirements import requirements_of
from infraops.errors import InfraOpsError
from infraops.models.files.template import Consumer
from infraops.models.plans.contract import Host, Outputs
from infraops.models.runs.events import Said
from infraops.models.runs.results import Configured
from infraops.models.stacks.stack import Stack
from infraops.stations.ansible.reach import host_keys_of, kept_keys, wait_for_ssh, with_last_words
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import PLAYING, Tools, run_file, say, tell, watch_for
from infraops.stations.inputs.secrets import secrets_for
from infraops.stations.inputs.sources import open_to_playbook, secret_to_playbook
from infraops.tools.ansible.events import AnsibleEvent
from infraops.tools.ansible.galaxy import install
from infraops.tools.ansible.parts import Part, fit_together, refuse_bad_part
from infraops.tools.ansible.playbook import configure as run_playbook
from infraops.tools.host_keys import with_kept_keys


def play_on(job: Job, outputs: Outputs, chosen: frozenset[str], tools: Tools, *, check: bool = False) -> Configured:
    """Run the stack's playbook on the chosen hosts; with `check`, only let Ansible say what it would change."""
    (result,) = _play([_part_of(job, outputs, chosen, tools)], job, tools, check=check)
    return _or_raise(result)


def check_on(job: Job, outputs: Outputs, hosts: Sequence[Host], tools: Tools) -> Configured:
    """Wait for hosts, and let Ansible say in check mode what the stack's playbook would change on them."""
    install_requirements(job, tools)
    silent = wait_for_ssh(job, hosts, tools)
    names = frozenset(host.name for host in hosts)
    return with_last_words(play_on(job, outputs, names, tools, check=True), silent, kept_keys(job, tools))


def play_with_others(job: Job, outputs: Outputs, chosen: frozenset[str], tools: Tools) -> Configured:
    """Run the stack's playbook together with the stacks that wait to have it run, too.

    Where the others' failures ended the run before it came to all of this stack's hosts, it runs again for these alone.
    """
    stack, part = job.stack, _part_of(job, outputs, chosen, tools)
    refuse_bad_part(part)

    def work(parts: Sequence[Part]) -> Sequence[Configured | InfraOpsError]:
        for one in parts if len(parts) > 1 else ():
            said = f"one Ansible run for {len(parts)} stacks: {', '.join(part.name for part in parts)}"
            tools.report(Said(one.name, "configure", said))
        return _play(parts, job, tools)

    @contextmanager
    def aside() -> Iterator[None]:
        tell(tools, job, "configure")("waiting for the Ansible run that is going on, to have the next one")
        with tools.slots.given_back():
            yield

    try:
        result = tools.playing.take_part(
            (stack.environment.name, stack.template.reference),
            part,
            work=work,
            fit=fit_together,
            aside=aside,
            stop=tools.children.interrupted,
        )
    except InfraOpsError as error:  # it may speak of all who shared the run
        raise type(error)(f"configuring {stack.name}", error.problem, error.hint) from error
    configured = _or_raise(result)
    if configured.shared_with and not configured.failures and not configured.succeeded:
        why = "failures of other stacks ended the shared Ansible run too early for this one; running it again, alone"
        say(tools, job, "configure", [why], important=True)
        return play_on(job, outputs, chosen, tools)
    return configured


def install_requirements(job: Job, tools: Tools) -> Path | None:
    """Install what the stack's playbook requires of Galaxy, unless that was done; return where it is, if it is."""
    required = requirements_of(job.stack, tools.workspace.root)
    if required is None:
        return None

    def heard(text: str, *, important: bool = False) -> None:
        tell(tools, job, "configure")(text)
        say(tools, job, "configure", [text], important=important)

    return install(
        required,
        tools.workspace.cache,
        environ=tools.environ,
        children=tools.children,
        tell=heard,
        warn=partial(heard, important=True),
    )


def may_share(stack: Stack) -> bool:
    """Whether the stack's playbook may run for other stacks, too: it is the template's, which says so.

    In a shared run no host is ungrouped, so variables of such hosts would be lost.
    """
    ungrouped = any((stack.environment.directory / "group_vars").glob("ungrouped*"))
    return stack.template.file.shareable and stack.playbook is None and not ungrouped


def _part_of(job: Job, outputs: Outputs, chosen: frozenset[str], tools: Tools) -> Part:
    """Return what the stack brings into an Ansible run on the chosen hosts."""
    stack = job.stack
    return Part(
        stack.name,
        job.directory / "play.yml",
        with_kept_keys(outputs.hosts, host_keys_of(stack, tools)),
        variables=open_to_playbook(stack, job.inputs),
        secrets=secrets_for(stack, Consumer.PLAYBOOK, tools) | secret_to_playbook(stack, job.inputs),
        limit=tuple(sorted(chosen)),
        on_event=_teller(job, tools),
        watch=watch_for(tools, stack.name, "ansible-playbook"),
    )


def _play(
    parts: Sequence[Part], job: Job, tools: Tools, *, check: bool = False
) -> tuple[Configured | InfraOpsError, ...]:
    """Start Ansible for these parts, which are in the environment of this job's stack."""
    stack = job.stack
    return run_playbook(
        parts,
        run_directory=run_file(tools, stack, PLAYING),
        group_vars_from=stack.environment.directory,
        forks=tools.options.forks,
        check=check,
        children=tools.children,
        environ=tools.environ,
        installed=install_requirements(job, tools),
    )


def _or_raise(result: Configured | InfraOpsError) -> Configured:
    if isinstance(result, InfraOpsError):
        raise result
    return result


def _teller(job: Job, tools: Tools) -> Callable[[AnsibleEvent], None]:
    """Turn what Ansible says into the run's events: tasks are progress, what happened on hosts is the log."""
    progress = tell(tools, job, "configure")

    def hear(event: AnsibleEvent) -> None:
        if event.kind in ("task", "play"):
            progress(event.text)
        say(tools, job, "configure", [event.text])

    return hear
