"""The lab without root: everything that touches hosts runs inside one user namespace, which a keeper keeps alive."""

import getpass
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import programs
from infraops.lab.base import Progress, ensure_archive
from infraops.lab.boot import read_process
from infraops.lab.findings import Finding, Level
from infraops.lab.locks import locked
from infraops.models.basics.workspace import Workspace
from infraops.processes import ProcessIdentity

KEEPER = Path(__file__).with_name("keeper.sh")
TRIAL = Path(__file__).with_name("trial.sh")
NAMESPACES = ("unshare", "--user", "--map-auto", "--map-root-user", "--net")
NEEDED = ("unshare", "nsenter", "ip", "newuidmap", "newgidmap", "mmdebstrap", "ssh-keygen")
PATIENCE = 15.0  # seconds until a keeper must have begun
NAME = "without root"


def is_needed() -> bool:
    """Whether this process must enter the lab's namespaces to work with hosts: it is not root, nor inside already."""
    return os.geteuid() != 0


def enter_argv(
    workspace: Workspace, argv: Sequence[str], environ: Mapping[str, str], progress: Progress = lambda _: None
) -> list[str]:
    """Return the command that runs `argv` inside the checkout's lab namespaces; start their keeper if need be.

    For a plain user. Root's `argv` comes back as it is. The base layer is fetched first, since the namespaces have no
    way out: half a minute the first time, of which `progress` is told. Working directory and environment stay; inside,
    the user is root, and files made there are the user's.
    """
    if not is_needed():
        return list(argv)
    if find_keeper(workspace) is None and (finding := possible(environ)).level is Level.FAIL:
        raise InfraOpsError("entering the lab without root", finding.text, finding.hint)
    ensure_archive(workspace.cache, environ, progress)
    return nsenter_argv(workspace, argv, environ)


def nsenter_argv(workspace: Workspace, argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return the command that runs `argv` inside, at once: without a look at the machine, and with no base fetched."""
    keeper = ensure_keeper(workspace, environ)
    program = programs.find("nsenter", environ) or "nsenter"
    return [program, "--target", str(keeper.pid), "--user", "--net", "--", *argv]


def ensure_keeper(workspace: Workspace, environ: Mapping[str, str]) -> ProcessIdentity:
    """Return the checkout's keeper; start it if it does not run."""
    workspace.lab.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(workspace.lab / "keeper.lock"):
        (workspace.lab / "keeper.used").touch()  # it stays for a minute at least
        if (running := find_keeper(workspace)) is not None:
            return running
        (workspace.lab / "keeper").unlink(missing_ok=True)
        argv = [*NAMESPACES, "--", "sh", str(KEEPER), str(workspace.lab)]
        log = workspace.lab / "keeper.log"
        doing = "starting the keeper of the lab's namespaces"
        with suppress(ChildProcessError):
            processes.start_detached(argv, log=log, env=programs.environment(environ))
        end = time.monotonic() + PATIENCE
        while (running := find_keeper(workspace)) is None:
            if time.monotonic() > end:
                said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
                raise InfraOpsError(doing, said[0], "`infraops doctor` says what is missing")
            time.sleep(0.01)
        return running


def find_keeper(workspace: Workspace) -> ProcessIdentity | None:
    """Return the checkout's keeper if it runs."""
    process = read_process(workspace.lab / "keeper")
    return process if process is not None and processes.is_alive(process) else None


def possible(environ: Mapping[str, str], workspace: Workspace | None = None) -> Finding:
    """Look whether a plain user can have a lab here; with a workspace also on the file system that it lies on."""
    if not is_needed():
        return Finding(NAME, Level.OK, "not needed: this process is root")
    missing = sorted({programs.PACKAGES[name] for name in NEEDED if programs.find(name, environ) is None})
    if missing:
        return Finding(NAME, Level.FAIL, f"missing: {', '.join(missing)}", f"apt install {' '.join(missing)}")
    if (shut := _shut_by_the_system()) is not None:
        return shut
    place = None if workspace is None else next(d for d in (workspace.state, *workspace.state.parents) if d.is_dir())
    with tempfile.TemporaryDirectory(prefix=".infraops-trial-", dir=place) as directory:
        inner = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "sh", str(TRIAL)]
        # What was made inside belongs to others outside: it is removed where it was made.
        script = '"$@"; code=$?; rm -rf "$0"/*; exit $code'
        argv = [*NAMESPACES, "--", "sh", "-c", script, directory, *inner, directory, "userxattr"]
        try:
            finished = processes.run(argv, env=programs.environment(environ), timeout=20)
        except (OSError, TimeoutError) as error:
            return Finding(NAME, Level.FAIL, str(error), "apt install util-linux (2.38 or later)")
    if finished.exit_code != 0:
        step = finished.stdout.strip().splitlines()[-1:] or ["a user namespace"]
        said = finished.stderr.strip().splitlines()[-1:] or [f"exit code {finished.exit_code}"]
        return Finding(NAME, Level.FAIL, f"{step[0]}: {said[0]}", "run infraops as root, or on a machine of your own")
    return Finding(NAME, Level.OK, "light hosts inside one user namespace are possible")


def _shut_by_the_system() -> Finding | None:
    """Return what the system's settings forbid, where they forbid it."""
    user = getpass.getuser()
    for file in ("/etc/subuid", "/etc/subgid"):
        with suppress(OSError):
            owners = {line.split(":")[0] for line in Path(file).read_text().splitlines()}
            if owners & {user, str(os.geteuid())}:
                continue
        hint = f"as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
        return Finding(NAME, Level.FAIL, f"{file} grants {user} no further ids", hint)
    for setting, bad in (
        ("kernel.unprivileged_userns_clone", "0"),
        ("user.max_user_namespaces", "0"),
        ("kernel.apparmor_restrict_unprivileged_userns", "1"),
    ):
        with suppress(OSError):
            if Path("/proc/sys", *setting.split(".")).read_text().strip() == bad:
                good = {"0": "1", "1": "0"}[bad] if "max" not in setting else "10000"
                text = f"user namespaces are shut to plain users: {setting}={bad}"
                return Finding(NAME, Level.FAIL, text, f"as root: sysctl {setting}={good}; or run infraops as root")
    return None
