"""Configuring hosts: one ansible-playbook run through ansible-runner, in a directory that does not outlive it."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.contract import Host
from infraops.models.results import Configured, TaskFailure
from infraops.render.play import secret_variable
from infraops.tools import ssh
from infraops.tools.ansible import files as ansible_files
from infraops.tools.ansible.events import AnsibleEvent, OnEvent, Tally, complaint
from infraops.tools.ansible.settings import RunPaths, arguments, configuration, environment

_HERE = Path(__file__).parent
_OK_OR_HOSTS_FAILED = frozenset({0, 2, 4, 6})  # 2: failed, 4: unreachable; 4 is also a playbook that cannot be read
_ASK_SECONDS = 2.0


def configure(
    *,
    play: Path,
    hosts: Sequence[Host],
    variables: Mapping[str, Any],
    secrets: Mapping[str, str],
    run_directory: Path,
    environ: Mapping[str, str],
    children: processes.Children,
    name: str | None = None,
    group_vars_from: Path | None = None,
    limit: Sequence[str] | None = None,
    forks: int = 20,
    check: bool = False,
    tags: Sequence[str] = (),
    skip_tags: Sequence[str] = (),
    fact_cache: Path | None = None,
    on_event: OnEvent | None = None,
    watch: processes.Watch | None = None,
) -> Configured:
    """Run a play on hosts and return what became of each.

    The inventory holds all `hosts`; `limit` names those to configure. Variables of all hosts, the later ones winning:
    `group_vars_from`/group_vars/all, group_vars/all beside the play, `variables`. Variables of a group or a host, in
    either directory, win over these. `variables` are data, never templates. `secrets` maps names to values that reach
    Ansible by the environment of its process alone. `fact_cache` keeps facts for an hour, by the hosts' identities.
    A fresh directory is made in `run_directory` and removed afterwards.

    Failed and unreachable hosts are part of the result. Raises InfraOpsError where Ansible could not do its work (no
    hosts, a playbook it cannot read) and Interrupted where the run was; both call the run `name`.
    """
    doing = f"configuring {name or play.parent.name}"
    asked = _hosts_asked_for(doing, hosts, limit)
    if children.interrupted.is_set():
        raise Interrupted(doing, "interrupted before it began")
    with ansible_files.run_paths(run_directory, environ) as paths:
        ansible_files.write_inventories(
            paths, hosts, variables=variables, secrets=tuple(secrets), play=play, group_vars_from=group_vars_from
        )
        paths.known_hosts.write_text(ansible_files.known_hosts(hosts, environ))
        paths.configuration.write_text(configuration(paths, forks=forks, callbacks=_HERE / "callback"))
        paths.limit.write_text("".join(f"{name}\n" for name in asked))
        if fact_cache is not None:
            ansible_files.lend_facts(fact_cache, hosts, paths.facts)
        argv = arguments(play, paths, limited=limit is not None, check=check, tags=tags, skip_tags=skip_tags)
        run = _Run(paths, argv, play.parent, secrets, environment(paths, environ), Tally(secrets.values()))
        finished = run.run(children, on_event or (lambda event: None), watch)
        if fact_cache is not None:
            ansible_files.keep_facts(fact_cache, hosts, paths.facts, tells_secret=run.tally.tells_secret)
    if children.interrupted.is_set():
        raise Interrupted(doing, "interrupted", "some hosts may have had only a part of their tasks; run it again")
    _refuse_no_work_done(doing, finished, run.tally)
    if run.tally.no_play_matched and len(asked) == len(hosts):  # of some hosts alone there may be nothing to do
        groups = ", ".join(sorted({group for host in hosts for group in host.groups}))
        raise InfraOpsError(doing, "no play matches any of the hosts", f"the hosts' groups: {groups or 'none but all'}")
    result = run.tally.configured(asked, finished.seconds)
    return replace(result, failures=tuple(_explain(failure, hosts, children) for failure in result.failures))


def _hosts_asked_for(doing: str, hosts: Sequence[Host], limit: Sequence[str] | None) -> tuple[str, ...]:
    names = tuple(host.name for host in hosts)
    if not names:
        raise InfraOpsError(doing, "there are no hosts", 'the module\'s output "hosts" is empty; is the stack applied?')
    if limit is None:
        return names
    if unknown := sorted(set(limit) - set(names)):
        raise InfraOpsError(doing, f"no such host: {', '.join(unknown)}", f"the hosts are: {', '.join(names)}")
    if not limit:
        raise InfraOpsError(doing, "it is limited to no host at all")
    return tuple(limit)


def _refuse_no_work_done(doing: str, finished: processes.Finished, tally: Tally) -> None:
    code = finished.exit_code
    if tally.ended and code in _OK_OR_HOSTS_FAILED and (code == 0 or tally.failures):
        return
    said = tally.hide(complaint(finished.stderr))
    raise InfraOpsError(doing, said or f"ansible-playbook ended with exit code {code} and no word")


def _explain(failure: TaskFailure, hosts: Sequence[Host], children: processes.Children) -> TaskFailure:
    """Ask the host's port ourselves where Ansible was too late to hear what SSH had to say."""
    host = next((host for host in hosts if host.name == failure.host), None)
    if not failure.unreachable or "Broken pipe" not in failure.message or host is None:
        return failure
    until = time.monotonic() + _ASK_SECONDS
    reason = ssh.ask_for_banner(host.address, host.port, until=until, interrupted=children.interrupted)
    if reason:
        return replace(failure, message=f"{host.address} port {host.port}: {reason}")
    guess = (
        "" if host.host_key else "; perhaps its host key is not known: give `host_key`, or connect to it once with ssh"
    )
    return replace(failure, message=f"SSH gave up at once, though the host answers{guess}")


@dataclass(frozen=True)
class _Run:
    """One start of ansible-playbook, all its files being written."""

    paths: RunPaths
    arguments: Sequence[str]
    cwd: Path
    secrets: Mapping[str, str]
    environment: Mapping[str, str]
    tally: Tally

    def run(
        self,
        children: processes.Children,
        tell: OnEvent,
        watch: processes.Watch | None,
    ) -> processes.Finished:
        def started(identity: processes.ProcessIdentity) -> None:
            if watch is not None:
                watch.started(identity)
            if children.interrupted.is_set():  # between the last look and the start; nobody else would tell it
                processes.end(identity, number=signal.SIGINT)

        def take(line: str) -> None:
            event = self.tally.take(line)
            if event is not None:
                tell(event)

        request = {
            "parent": os.getpid(),
            "private_data_dir": str(self.paths.private / "runner"),
            "cwd": str(self.cwd),
            "arguments": list(self.arguments),
            "environment": dict(self.environment),
            "directories": [str(self.paths.private), str(self.paths.sockets)],
        }
        finished = processes.run(
            # -P: this room's module names (ansible, ssh) must not hide the real ones.
            (sys.executable, "-P", str(_HERE / "child.py"), "start", json.dumps(request)),
            cwd=self.cwd,
            env=self.environment,
            stdin=json.dumps({secret_variable(name): value for name, value in self.secrets.items()}),
            on_line=take,
            watch=processes.Watch(started, watch.ended) if watch is not None else processes.Watch(started),
            children=children,
            interrupt_group=True,
        )
        for line in finished.stderr.splitlines():
            if line.strip():
                tell(AnsibleEvent("warning", self.tally.hide(line)))
        return finished
