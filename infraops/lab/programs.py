"""The foreign programs that the lab stands on: where they are, and which Debian packages bring them."""

import shutil
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from infraops import processes
from infraops.errors import InfraOpsError

# A plain user's PATH often lacks the directories in which these programs live.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

PACKAGES = {
    "chroot": "coreutils",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "mount": "mount",
    "newgidmap": "uidmap",
    "newuidmap": "uidmap",
    "nsenter": "util-linux",
    "pivot_root": "util-linux",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}


def search_path(environ: Mapping[str, str]) -> str:
    """Return the PATH to look for programs in: the user's, then the system's own directories."""
    return ":".join(filter(None, (environ.get("PATH"), SYSTEM_PATH)))


def find(name: str, environ: Mapping[str, str]) -> str | None:
    """Return where a program is, or None."""
    return shutil.which(name, path=search_path(environ))


def environment(environ: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return the small environment that helper programs are run with: a PATH, and the proxies that `environ` names."""
    proxies = {name: value for name, value in environ.items() if name.lower().endswith("_proxy")}
    return {"PATH": search_path(environ), "LC_ALL": "C.UTF-8", "HOME": environ.get("HOME", "/"), **proxies}


def call(doing: str, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
    """Run a helper program to its end and return its stdout; InfraOpsError says what `doing` was about."""
    try:
        finished = processes.run(argv, stdin=stdin, env=environment(), timeout=timeout)
    except FileNotFoundError:
        raise missing(doing, argv[0]) from None
    except TimeoutError as error:
        raise InfraOpsError(doing, str(error)) from None
    if finished.exit_code != 0:
        said = finished.stderr.strip() or finished.stdout.strip() or f"exit code {finished.exit_code}"
        raise InfraOpsError(doing, f"{argv[0]}: {said}")
    return finished.stdout


def missing(doing: str, name: str) -> InfraOpsError:
    """Return the error for a program that is not there, with the package that brings it."""
    package = PACKAGES.get(name, name)
    return InfraOpsError(doing, f"the program {name} is missing", f"on Debian: apt install {package}")
