"""What the lab needs of this machine and what is there: for `infraops doctor` and `infraops lab status`."""

import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import boot, cgroups, layers, limits, programs, rootless
from infraops.lab.base import find_base
from infraops.lab.base import layers as base_layers
from infraops.lab.findings import Finding, Level
from infraops.lab.hosts import Host, list_hosts
from infraops.lab.network import in_user_namespace
from infraops.lab.records import Driver, Phase, names, readable_record
from infraops.lab.strays import find_strays
from infraops.models.basics.workspace import Workspace

FEW = 10  # hosts; with room for fewer a warning is due


@dataclass(frozen=True)
class HostStatus:
    """A host and how many seconds it has been up (None where it does not run)."""

    host: Host
    uptime: float | None


def survey(environ: Mapping[str, str], workspace: Workspace | None = None) -> tuple[Finding, ...]:
    """Look at everything the lab needs; with a workspace also at its file system, its hosts and what they left."""
    if platform.system() != "Linux":
        text = f"lab hosts need a Linux kernel, this is {platform.system()}"
        return (Finding("system", Level.FAIL, text, "use a Linux machine, or templates that are `local_safe`"),)
    checks: list[Callable[[], Finding]] = [
        lambda: _programs(environ),
        _provider,
        lambda: _driver(environ),
        lambda: _isolation(workspace) if not rootless.is_needed() else rootless.possible(environ, workspace),
        lambda: _forwarding(environ),
    ]
    if not rootless.is_needed() and not in_user_namespace():
        checks += [_control_groups, _inotify]
    if workspace is not None:
        checks += [lambda: _file_system(workspace), lambda: _base(workspace, environ)]
    found = tuple(check() for check in checks)
    return found if workspace is None else (*found, *survey_hosts(workspace))


def survey_hosts(workspace: Workspace) -> tuple[Finding, ...]:
    """Look at the checkout's hosts and at what hosts left behind."""
    found = [_host(status) for status in status_of(workspace)]
    for name in names(workspace):
        record = readable_record(workspace, name)
        if record is None or record.phase is not Phase.READY:
            text = "half made: its making was broken off, or is under way"
            found.append(Finding(f"host {name}", Level.WARN, text, "infraops lab prune"))
    strays = find_strays(workspace).describe()
    found += [Finding("leftover", Level.WARN, text, "infraops lab prune") for text in strays]
    return tuple(found)


def status_of(workspace: Workspace) -> tuple[HostStatus, ...]:
    """Return every finished host with its uptime."""
    return tuple(
        HostStatus(host, _uptime(workspace, host.name) if host.running else None) for host in list_hosts(workspace)
    )


def setup_packages(environ: Mapping[str, str], *, rootless: bool | None = None) -> tuple[str, ...]:
    """Return the Debian packages that bring what is missing here; `rootless` defaults to not being root."""
    without_root = os.geteuid() != 0 if rootless is None else rootless
    useless = ("systemd-nspawn",) if without_root else ("newuidmap", "newgidmap")
    needed = [name for name in programs.PACKAGES if name not in useless]
    return tuple(sorted({programs.PACKAGES[name] for name in needed if programs.find(name, environ) is None}))


def _programs(environ: Mapping[str, str]) -> Finding:
    packages = setup_packages(environ)
    if not packages:
        return Finding("programs", Level.OK, "all programs that lab hosts need are here")
    only_comfort = packages == ("systemd-container",)  # light hosts do without
    level = Level.WARN if only_comfort else Level.FAIL
    return Finding("programs", level, f"missing: {', '.join(packages)}", f"apt install {' '.join(packages)}")


def _provider() -> Finding:
    missing = [name for name in ("tf", "grpc", "cryptography") if find_spec(name) is None]
    if missing:
        text = f"the Python packages of the lab's Terraform provider are missing: {', '.join(missing)}"
        return Finding("provider", Level.FAIL, text, "pip install 'infraops[embedded]'")
    return Finding("provider", Level.OK, "the lab's Terraform provider can run")


def _driver(environ: Mapping[str, str]) -> Finding:
    if rootless.is_needed():
        return Finding(
            "hosts", Level.OK, "hosts are light, without systemd, inside a user namespace; root gets whole ones"
        )
    try:
        driver = boot.choose_driver(environ)
    except InfraOpsError as error:
        return Finding("hosts", Level.FAIL, error.problem, error.hint)
    if driver is Driver.NSPAWN:
        return Finding("hosts", Level.OK, "hosts are whole: systemd-nspawn with systemd")
    why = "as INFRAOPS_LAB_DRIVER says" if environ.get("INFRAOPS_LAB_DRIVER") else "systemd-nspawn is not possible here"
    level = Level.OK if environ.get("INFRAOPS_LAB_DRIVER") or in_user_namespace() else Level.WARN
    return Finding("hosts", level, f"hosts are light, without systemd: {why}")


def _isolation(workspace: Workspace | None) -> Finding:
    """Try, in namespaces that go again at once, what a host is made of."""
    place = _writable_parent(workspace.state) if workspace is not None else None
    with tempfile.TemporaryDirectory(prefix=".infraops-trial-", dir=place) as directory:
        argv = [
            "unshare",
            "--mount",
            "--net",
            "--pid",
            "--uts",
            "--ipc",
            "--fork",
            "--kill-child",
            "sh",
            str(rootless.TRIAL),
        ]
        options = "userxattr" if in_user_namespace() else ""
        try:
            finished = processes.run([*argv, directory, options], env=programs.environment(), timeout=20)
        except (OSError, TimeoutError) as error:
            return Finding("isolation", Level.FAIL, str(error), "apt install util-linux")
    if finished.exit_code == 0:
        return Finding("isolation", Level.OK, "namespaces, overlay mounts and network devices work")
    step = finished.stdout.strip().splitlines()[-1:] or ["namespaces"]
    said = finished.stderr.strip().splitlines()[-1:] or [f"exit code {finished.exit_code}"]
    hint = "in a container, it must be privileged (CAP_SYS_ADMIN, CAP_NET_ADMIN); the state directory must be on a disk"
    return Finding("isolation", Level.FAIL, f"{step[0]}: {said[0]}", hint)


def _control_groups() -> Finding:
    if cgroups.are_usable():
        limit = "" if cgroups.can_limit_memory() else "; memory_mb has no effect"
        return Finding("control groups", Level.OK, f"each host gets its own{limit}")
    hint = "in a container: mount /sys/fs/cgroup writable"
    return Finding("control groups", Level.WARN, "cannot be made here: hosts are light, memory_mb has no effect", hint)


def _inotify() -> Finding:
    room = limits.inotify_left(limits.ROOMY) // limits.INOTIFY_PER_HOST
    most = limits.inotify_limit() // limits.INOTIFY_PER_HOST
    text = f"room for {room} more hosts with systemd (the kernel's inotify limit allows about {most})"
    hint = f"allow more: sysctl fs.inotify.max_user_instances={limits.ROOMY}"
    return Finding("inotify", Level.WARN, text, hint) if room < FEW else Finding("inotify", Level.OK, text)


def _forwarding(environ: Mapping[str, str]) -> Finding:
    """See whether a firewall stands between hosts: with br_netfilter it sees what only crosses a bridge, too."""
    name, switch = "forwarding", Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    with suppress(OSError, TimeoutError):
        if switch.read_text().strip() == "1" and (program := programs.find("iptables", environ)) is not None:
            rules = processes.run([program, "-S", "FORWARD"], env=programs.environment(), timeout=5).stdout.splitlines()
            if "-P FORWARD DROP" in rules and not any("iol-+" in rule and "ACCEPT" in rule for rule in rules):
                hint = "let them: iptables -I FORWARD -i iol-+ -o iol-+ -j ACCEPT"
                return Finding(name, Level.WARN, "the firewall (Docker's, perhaps) keeps hosts from each other", hint)
    return Finding(name, Level.OK, "no firewall seen between hosts")


def _file_system(workspace: Workspace) -> Finding:
    kind = layers.file_system(workspace.lab)
    try:
        layers.refuse_unsuitable_file_system(workspace)
    except InfraOpsError as error:
        return Finding("state directory", Level.FAIL, error.problem, error.hint)
    return Finding("state directory", Level.OK, f"{workspace.state} can hold hosts' layers ({kind})")


def _base(workspace: Workspace, environ: Mapping[str, str]) -> Finding:
    try:
        base = find_base(workspace.cache, environ)
    except InfraOpsError as error:
        return Finding("base layer", Level.FAIL, error.problem, error.hint)
    others = len(base_layers(workspace.cache)) - (base is not None)
    more = f"; {others} older: infraops lab prune --bases" if others else ""
    if base is None:
        text = f"not built yet: the first host takes half a minute longer and needs a Debian mirror{more}"
        return Finding("base layer", Level.WARN, text, "name a mirror with INFRAOPS_LAB_MIRROR where the usual is shut")
    return Finding("base layer", Level.OK, f"{base.path}{more}")


def _host(status: HostStatus) -> Finding:
    host, name = status.host, f"host {status.host.name}"
    made = f", made from {host.made_by}" if host.made_by else ""
    if status.uptime is None:
        return Finding(name, Level.WARN, f"{host.address} is stopped{made}", "infraops apply starts it again")
    return Finding(name, Level.OK, f"{host.address}, {host.driver}, up for {status.uptime:.0f} s{made}")


def _uptime(workspace: Workspace, name: str) -> float | None:
    process = boot.running_process(workspace, name)
    if process is None:
        return None
    since_boot = float(Path("/proc/uptime").read_text().split()[0])
    return max(0.0, since_boot - process.started / os.sysconf("SC_CLK_TCK"))


def _writable_parent(path: Path) -> Path | None:
    """Return the nearest directory above `path` that is there and writable: a trial makes no state directory."""
    with suppress(StopIteration):
        return next(one for one in (path, *path.parents) if one.is_dir() and os.access(one, os.W_OK))
    return None
