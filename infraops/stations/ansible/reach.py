"""Waiting, before a playbook runs, until its hosts answer on SSH: they may have been made or restarted a moment ago."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from infraops.models.basics.duration import parse_duration
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured, TaskFailure
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools, say, tell
from infraops.tools.greeting import OTHER_KEY, OWN_WORDS, greet
from infraops.tools.host_keys import file_of, fingerprint, is_for_first_use, keep, with_kept_keys
from infraops.tools.ssh import Silence, goes_another_way, known_to_user, wait_for_banners

_NAMED = 3


def host_keys_of(stack: Stack, tools: Tools) -> Path:
    """Return where the keys of a stack's hosts that were accepted on first use are kept."""
    return tools.workspace.host_keys / stack.name


def wait_for_ssh(job: Job, hosts: Sequence[Host], tools: Tools) -> Mapping[str, Silence]:
    """Wait, as long as the environment says, for hosts reached over SSH; return by name those that kept silent.

    Ansible has the last word on these: it may know a way that we do not. Hosts with a way of their own, and those of
    first use, are logged into, which is when the keys of the latter are accepted.
    """
    seconds = parse_duration(job.stack.environment.file.ssh_wait)
    remote = [host for host in with_kept_keys(hosts, host_keys_of(job.stack, tools)) if host.connection == "ssh"]
    detours = [host for host in remote if host.vars.keys() & set(OWN_WORDS)]
    greeted = [host for host in remote if is_for_first_use(host) or (seconds and host in detours)]
    silent = _log_into(job, greeted, seconds, tools) if greeted else {}
    plain = [host for host in remote if host not in greeted]
    return {**silent, **_wait_for_banners(job, plain, seconds, tools)} if seconds and plain else silent


def _log_into(job: Job, hosts: Sequence[Host], seconds: float, tools: Tools) -> Mapping[str, Silence]:
    """Log into hosts by the way that Ansible takes, and keep the keys that those of first use show."""
    directory = host_keys_of(job.stack, tools)
    progress = tell(tools, job, "configure")
    greetings = greet(
        hosts,
        seconds=seconds,
        environ=tools.environ,
        children=tools.children,
        unpinned=known_to_user(tools.environ),
        on_wait=lambda names, waited: progress(f"waiting for SSH on {_listed(names)} ({waited:.0f} s)"),
    )
    for one in greetings:
        if one.key is not None and keep(one.host, one.key, directory) is None:
            accepted = f"host {one.host.name}: key {fingerprint(one.key)} accepted on first use"
            say(tools, job, "configure", [accepted], important=True)
    silences = {
        one.host.name: Silence(one.host.name, f"{one.host.address}:{one.host.port}", one.reason)
        for one in greetings
        if one.reason is not None
    }
    _say_silent(job, silences.values(), seconds, tools)
    return silences


def _wait_for_banners(job: Job, plain: Sequence[Host], seconds: float, tools: Tools) -> Mapping[str, Silence]:
    progress = tell(tools, job, "configure")

    def no_sense_in_waiting(host: Host) -> bool:
        detour = goes_another_way(host, environ=tools.environ)
        if detour:
            say(tools, job, "configure", [f"{host.name}: not waited for; your SSH configuration has another way to it"])
        return detour

    silent = wait_for_banners(
        plain,
        seconds=seconds,
        children=tools.children,
        on_wait=lambda names, waited: progress(f"waiting for SSH on {_listed(names)} ({waited:.0f} s)"),
        give_up=no_sense_in_waiting,
    )
    _say_silent(job, silent, seconds, tools)
    return {silence.host: silence for silence in silent}


def _say_silent(job: Job, silent: Iterable[Silence], seconds: float, tools: Tools) -> None:
    lines = [
        f"{one.host}: no SSH on {one.address} in {seconds:g} s ({one.reason}); trying all the same" for one in silent
    ]
    say(tools, job, "configure", lines, important=True)


def with_last_words(result: Configured, silent: Mapping[str, Silence], kept: Mapping[str, Path]) -> Configured:
    """Say of hosts that Ansible did not reach either what was seen last, at which address.

    `kept` are the files of keys that were accepted on first use, by host: where one no longer fits, its file is named.
    """
    return replace(result, failures=tuple(_last_words(each, result, silent, kept) for each in result.failures))


def _last_words(
    failure: TaskFailure, result: Configured, silent: Mapping[str, Silence], kept: Mapping[str, Path]
) -> TaskFailure:
    silence = silent.get(failure.host)
    if not failure.unreachable:
        return failure
    if silence is not None and not result.hosts[failure.host].ok:  # else Ansible did have a way to it
        failure = replace(failure, message=f"no SSH on {silence.address}: {silence.reason}")
    if OTHER_KEY in failure.message and (file := kept.get(failure.host)) is not None:
        why = f"its key was accepted on first use; where you know why it changed, remove {file}"
        return replace(failure, message=f"{failure.message}; {why}")
    return failure


def kept_keys(job: Job, tools: Tools) -> Mapping[str, Path]:
    """Return the files that keys of a stack's hosts are kept in, by host, where they were accepted on first use."""
    directory, hosts = host_keys_of(job.stack, tools), job.outputs.hosts if job.outputs is not None else ()
    return {host.name: file_of(host, directory) for host in hosts if is_for_first_use(host)}


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
