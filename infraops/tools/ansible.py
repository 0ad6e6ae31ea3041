"""Configuring hosts: one ansible-playbook run through ansible-runner, in a directory that does not outlive it."""

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.contract import Host
from infraops.models.results import Configured
from infraops.tools import ssh
from infraops.tools.ansible_events import OnEvent, Tally
from infraops.tools.ansible_settings import RunPaths, arguments, configuration, environment
from infraops.tools.inventory import inventory_document, secret_variable, variables_document

_HERE = Path(__file__).parent
_FAILED, _UNREACHABLE = 2, 4
_STDERR_LINES = 8


def configure(
    *,
    play: Path,
    hosts: Sequence[Host],
    variables: Mapping[str, Any],
    secrets: Mapping[str, str],
    run_directory: Path,
    environ: Mapping[str, str],
    children: processes.Children,
    group_vars_from: Path | None = None,
    limit: Sequence[str] | None = None,
    forks: int = 20,
    check: bool = False,
    tags: Sequence[str] = (),
    skip_tags: Sequence[str] = (),
    on_event: OnEvent | None = None,
    on_start: Callable[[processes.ProcessIdentity], None] | None = None,
) -> Configured:
    """Run a play on hosts and return what became of each.

    `variables` are data for the group `all`; `secrets` maps names to values that reach Ansible by its environment
    alone. `group_vars_from` is a directory whose group_vars/ and host_vars/ apply. `limit` names the hosts to
    configure while the inventory holds them all. A fresh directory is made in `run_directory` and removed afterwards.

    Failed and unreachable hosts are part of the result. Raises InfraOpsError where Ansible could not do its work
    (no hosts, a playbook it cannot read) and Interrupted where the run was interrupted.
    """
    doing = f"configuring with {play.name}"
    asked = _hosts_asked_for(doing, hosts, limit)
    tally = Tally(secrets.values())
    with _run_paths(run_directory, environ) as paths:
        _write_files(paths, hosts, variables, secrets, group_vars_from, limit=limit, forks=forks, environ=environ)
        argv = arguments(play, paths, limited=limit is not None, check=check, tags=tags, skip_tags=skip_tags)
        finished = _run(paths, argv, play.parent, secrets, environ, tally, children, on_event, on_start)
    if children.interrupted.is_set():
        raise Interrupted(doing, "interrupted", "some hosts may have had only a part of their tasks; run it again")
    if finished.exit_code not in (0, _FAILED, _UNREACHABLE) or not tally.ended:
        raise InfraOpsError(
            doing, _what_ansible_said(finished, tally), "run it by hand: infraops shows the play's path"
        )
    if not tally.recaps and tally.plays_without_hosts and not tags and not skip_tags:
        groups = sorted({group for host in hosts for group in host.groups})
        raise InfraOpsError(
            doing,
            "none of its plays matches any of the hosts",
            f"the hosts' groups are: {', '.join(groups) or 'none but all'}",
        )
    return tally.configured(asked, finished.seconds)


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


@contextmanager
def _run_paths(run_directory: Path, environ: Mapping[str, str]) -> Iterator[RunPaths]:
    """Make the run's directories, mode 0700; close the connections and remove everything at the end."""
    run_directory.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix="ansible-", dir=run_directory)).resolve()
    sockets = Path(tempfile.mkdtemp(prefix="io-", dir="/tmp"))  # a socket's path must be short
    try:
        yield RunPaths(private, sockets)
    finally:
        ssh.close_masters(sockets, environ=environ)
        shutil.rmtree(sockets, ignore_errors=True)
        shutil.rmtree(private, ignore_errors=True)


def _write_files(
    paths: RunPaths,
    hosts: Sequence[Host],
    variables: Mapping[str, Any],
    secrets: Mapping[str, str],
    group_vars_from: Path | None,
    *,
    limit: Sequence[str] | None,
    forks: int,
    environ: Mapping[str, str],
) -> None:
    for directory in (paths.environment.parent, paths.stack.parent / "group_vars", paths.temporary, paths.facts):
        directory.mkdir(parents=True)
    _write_inventory(paths.environment, inventory_document(()))
    _write_inventory(paths.stack, inventory_document(hosts))
    shared = variables_document(variables, secrets=tuple(secrets))
    (paths.stack.parent / "group_vars" / "all.json").write_text(json.dumps(shared))
    for name in ("group_vars", "host_vars"):
        if group_vars_from is not None and (group_vars_from / name).is_dir():
            (paths.environment.parent / name).symlink_to((group_vars_from / name).resolve())
    if limit is not None:
        paths.limit.write_text("".join(f"{name}\n" for name in limit))
    paths.known_hosts.write_text(ssh.known_hosts(hosts, unpinned=_known_to(environ)))
    paths.configuration.write_text(configuration(paths, forks=forks, callbacks=_HERE / "ansible_callback"))


def _write_inventory(script: Path, document: Mapping[str, Any]) -> None:
    data = script.with_name("hosts.data")
    data.write_text(json.dumps(document))
    script.write_text(f"#!/bin/sh\nexec cat {shlex.quote(str(data))}\n")
    script.chmod(0o700)


def _known_to(environ: Mapping[str, str]) -> Callable[[Host], str]:
    files = (Path(environ.get("HOME", "/root")) / ".ssh" / "known_hosts", Path("/etc/ssh/ssh_known_hosts"))
    return lambda host: ssh.lines_known_to_user(host, files=files, environ=environ)


def _run(
    paths: RunPaths,
    argv: Sequence[str],
    cwd: Path,
    secrets: Mapping[str, str],
    environ: Mapping[str, str],
    tally: Tally,
    children: processes.Children,
    on_event: OnEvent | None,
    on_start: Callable[[processes.ProcessIdentity], None] | None,
) -> processes.Finished:
    own = environment(paths, environ)
    python = (sys.executable, "-P")  # -P: this room's module names (ansible, ssh) must not hide the real ones
    request = {
        "private_data_dir": str(paths.private / "runner"),
        "cwd": str(cwd),
        "command": [*python, str(_HERE / "ansible_play.py"), *argv],
        "environment": own,
    }

    def take(line: str) -> None:
        event = tally.take(line)
        if event is not None and on_event is not None:
            on_event(event)

    return processes.run(
        (*python, str(_HERE / "ansible_child.py"), json.dumps(request)),
        cwd=cwd,
        env=own,
        stdin=json.dumps({secret_variable(name): value for name, value in secrets.items()}),
        on_line=take,
        on_start=on_start,
        children=children,
    )


def _what_ansible_said(finished: processes.Finished, tally: Tally) -> str:
    lines = [line.rstrip() for line in finished.stderr.splitlines() if line.strip()]
    said = "\n".join(tally.hide(line) for line in lines[-_STDERR_LINES:])
    return f"ansible-playbook ended with exit code {finished.exit_code}" + (f":\n{said}" if said else "")
