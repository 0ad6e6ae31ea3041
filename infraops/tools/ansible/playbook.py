"""Configuring hosts: one ansible-playbook run through ansible-runner, in a directory that does not outlive it."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured, TaskFailure
from infraops.tools import greeting, ssh
from infraops.tools.ansible import files as ansible_files
from infraops.tools.ansible.events import AnsibleEvent, Tally, complaint
from infraops.tools.ansible.parts import Part, listed, secrets_of, share_of, teller, watch_of
from infraops.tools.ansible.settings import RunPaths, arguments, configuration, environment

_HERE = Path(__file__).parent
_OK_OR_HOSTS_FAILED = frozenset({0, 2, 4, 6})  # 2: failed, 4: unreachable; 4 is also a playbook that cannot be read
_ASK_SECONDS = 2.0


def configure(
    parts: Sequence[Part],
    *,
    run_directory: Path,
    environ: Mapping[str, str],
    children: processes.Children,
    group_vars_from: Path | None = None,
    forks: int = 20,
    check: bool = False,
    tags: Sequence[str] = (),
    skip_tags: Sequence[str] = (),
    fact_cache: Path | None = None,
    installed: Path | None = None,
) -> tuple[Configured | InfraOpsError, ...]:
    """Run the play of all parts on the hosts of each, and return what became of each part.

    Several parts have the same play, and `fit_together`. Variables of all hosts of a part, the later ones winning:
    `group_vars_from`/group_vars/all, group_vars/all beside the play, the part's own. Variables of a group or a host, in
    either directory, win over these. `fact_cache` keeps facts for an hour, by the hosts' identities. What Galaxy
    had is in `installed`. A fresh directory is made in `run_directory` and removed afterwards.

    Failed and unreachable hosts are part of the result; so is the error of a part whose hosts no play names. Raises
    InfraOpsError where Ansible could not do its work (no hosts, a playbook it cannot read) and Interrupted where the
    run was; both call the run by the parts' names.
    """
    doing = f"configuring {listed(parts)}"
    asked = [part.asked for part in parts]
    hosts = [host for part in parts for host in part.hosts]
    if children.interrupted.is_set():
        raise Interrupted(doing, "interrupted before it began")
    with ansible_files.run_paths(run_directory, environ) as paths:
        ansible_files.write_inventories(paths, parts, group_vars_from=group_vars_from)
        paths.known_hosts.write_text(ansible_files.known_hosts(hosts, environ))
        paths.configuration.write_text(configuration(paths, forks=forks, callbacks=_HERE / "callback"))
        paths.limit.write_text("".join(f"{name}\n" for names in asked for name in names))
        if fact_cache is not None:
            ansible_files.lend_facts(fact_cache, hosts, paths.facts)
        argv = arguments(
            parts[0].play,
            paths,
            shared=len(parts) > 1,
            limited=any(part.limit is not None for part in parts),
            check=check,
            tags=tags,
            skip_tags=skip_tags,
        )
        secrets = secrets_of(parts)
        by_aws = any(greeting.goes_by_aws(host) for host in hosts)
        around = environment(paths, environ, installed=installed, by_aws=by_aws)
        run = _Run(paths, argv, parts[0].play.parent, secrets, around, Tally(secrets.values()))
        finished = run.run(children, parts)
        if fact_cache is not None:
            ansible_files.keep_facts(fact_cache, hosts, paths.facts, tells_secret=run.tally.tells_secret)
    if children.interrupted.is_set():
        raise Interrupted(doing, "interrupted", "some hosts may have had only a part of their tasks; run it again")
    _refuse_no_work_done(doing, finished, run.tally)
    whole = run.tally.configured([name for names in asked for name in names], finished.seconds)
    whole = replace(whole, failures=tuple(_explain(failure, hosts, children) for failure in whole.failures))
    return tuple(_no_play(part, run.tally) or share_of(part, whole, parts=len(parts)) for part in parts)


def _no_play(part: Part, tally: Tally) -> InfraOpsError | None:
    """Say of a part, all of whose hosts were asked for, that no play names any; of some alone it may be so."""
    asked = part.asked
    if len(asked) < len(part.hosts) or not tally.no_play_matched(asked):
        return None
    groups = ", ".join(sorted({group for host in part.hosts for group in host.groups}))
    hint = f"the hosts' groups: {groups or 'none but all'}"
    return InfraOpsError(f"configuring {part.name}", "no play matches any of the hosts", hint)


def _refuse_no_work_done(doing: str, finished: processes.Finished, tally: Tally) -> None:
    code = finished.exit_code
    if tally.ended and code in _OK_OR_HOSTS_FAILED and (code == 0 or tally.failures):
        return
    said = tally.hide(complaint(finished.stderr))
    raise InfraOpsError(doing, said or f"ansible-playbook ended with exit code {code} and no word")


def _explain(failure: TaskFailure, hosts: Sequence[Host], children: processes.Children) -> TaskFailure:
    """Ask the host's port ourselves where Ansible was too late to hear what SSH had to say."""
    host = next((host for host in hosts if host.name == failure.host), None)
    if not failure.unreachable or "Broken pipe" not in failure.message or host is None or greeting.way_to(host):
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
    secrets: Mapping[str, str]  # by environment variable
    environment: Mapping[str, str]
    tally: Tally

    def run(self, children: processes.Children, parts: Sequence[Part]) -> processes.Finished:
        tell = teller(parts)

        def started(identity: processes.ProcessIdentity) -> None:
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
            stdin=json.dumps(dict(self.secrets)),
            on_line=take,
            watch=watch_of(parts, started),
            children=children,
            interrupt_group=True,
        )
        for line in finished.stderr.splitlines():
            if line.strip():
                tell(AnsibleEvent("warning", self.tally.hide(line)))
        return finished
