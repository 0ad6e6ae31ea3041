"""Waiting, before a playbook runs, until its hosts answer on SSH: they may have been made or restarted a moment ago."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from infraops.models.contract import Host
from infraops.models.duration import parse_duration
from infraops.models.results import Configured
from infraops.stations.bench import Tools, say, tell
from infraops.stations.job import Job
from infraops.tools.ssh import Silence, goes_another_way, wait_for_banners

# With one of these Ansible may go by a jump host: what answers at the host's own address and port tells nothing.
_DETOURS = frozenset({"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"})
_NAMED = 3


def wait_for_ssh(job: Job, hosts: Sequence[Host], tools: Tools) -> Mapping[str, Silence]:
    """Wait, as long as the environment says, for hosts reached over plain SSH; return by name those that kept silent.

    Ansible has the last word on these: it may know a way that we do not.
    """
    seconds = parse_duration(job.stack.environment.file.ssh_wait)
    plain = [host for host in hosts if host.connection == "ssh" and not _DETOURS & host.vars.keys()]
    if not seconds or not plain:
        return {}
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
    lines = [
        f"{one.host}: no SSH on {one.address} in {seconds:g} s ({one.reason}); trying all the same" for one in silent
    ]
    say(tools, job, "configure", lines, important=True)
    return {silence.host: silence for silence in silent}


def with_last_words(result: Configured, silent: Mapping[str, Silence]) -> Configured:
    """Say of hosts that Ansible did not reach either what was seen last, at which address."""
    failures = tuple(
        replace(failure, message=f"no SSH on {silence.address}: {silence.reason}")
        if failure.unreachable
        and (silence := silent.get(failure.host)) is not None
        and not result.hosts[failure.host].ok  # else Ansible did have a way to it
        else failure
        for failure in result.failures
    )
    return replace(result, failures=failures)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
