"""The base layer under all lab hosts: a small Debian, built once, named by the digest of its recipe, never changed."""

import hashlib
import os
import platform
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import programs
from infraops.lab.locks import locked
from infraops.lab.network import in_user_namespace

SUITE = "bookworm"
PACKAGES = (
    "acl",  # without it Ansible cannot become a user that is not root
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "python3-minimal",
    "python3-apt",
    "iproute2",
    "procps",
    "sudo",
)
CUSTOMISE = Path(__file__).with_name("base.sh")
OFFERED = Path(__file__).parents[1] / "catalog" / "lab-packages.txt"
DOING = "building the lab's base layer"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Base:
    """A base layer: the directory that holds it, which must never change while a host stands on it."""

    path: Path
    digest: str


def layers(cache: Path) -> tuple[Base, ...]:
    """Return the base layers that are in the cache."""
    found = sorted((cache / "lab").glob("base-*/"))
    return tuple(Base(path, path.name.removeprefix("base-")) for path in found)


def find_base(cache: Path, environ: Mapping[str, str]) -> Base | None:
    """Return the base layer that new hosts would stand on, if it is there."""
    base = wanted_base(cache, environ)
    return base if base.path.is_dir() else None


def ensure_base(cache: Path, environ: Mapping[str, str], progress: Progress = lambda _: None) -> Base:
    """Return the base layer for new hosts; build it if it is not there (half a minute, and a package mirror).

    `progress` is handed a line of text now and then. INFRAOPS_LAB_BASE may name a ready root file system (a directory
    or a tar archive) to copy instead of building one, INFRAOPS_LAB_MIRROR the mirror to build from.
    """
    base = wanted_base(cache, environ)
    if base.path.is_dir():
        return base
    with _build_lock(cache, progress):
        if not base.path.is_dir():
            for stale in base.path.parent.glob(".building-*"):
                shutil.rmtree(stale, ignore_errors=True)
            building = base.path.with_name(f".building-{base.digest}-{os.urandom(4).hex()}")
            try:
                _make(building, base, environ, progress)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
            building.rename(base.path)
            archive_of(base).unlink(missing_ok=True)
    return base


def ensure_archive(cache: Path, environ: Mapping[str, str], progress: Progress = lambda _: None) -> None:
    """Make sure that `ensure_base` can do its work where there is no network: inside a plain user's namespaces."""
    base = wanted_base(cache, environ)
    archive = archive_of(base)
    if base.path.is_dir() or archive.exists() or environ.get("INFRAOPS_LAB_BASE"):
        return
    with _build_lock(cache, progress):
        if not base.path.is_dir() and not archive.exists():
            building = archive.with_name(f".building-{os.urandom(4).hex()}-{archive.name}")
            progress(f"building a Debian {SUITE} root file system (once, about half a minute)")
            try:
                _run(build_command(building, environ, mode="unshare", form="tar"), environ, progress)
                building.rename(archive)
            finally:
                building.unlink(missing_ok=True)


def archive_of(base: Base) -> Path:
    """Return where the archive lies from which a base layer is unpacked inside a user namespace."""
    return base.path.with_name(f"{base.path.name}.tar")


def offered_packages(file: Path = OFFERED) -> tuple[str, ...]:
    """Return the packages whose archives the base keeps, so that hosts can install them without a network."""
    if not file.exists():
        return ()
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return tuple(sorted({line for line in lines if line}))


def wanted_base(cache: Path, environ: Mapping[str, str]) -> Base:
    """Return the base layer that new hosts would stand on, be it there or not."""
    if given := environ.get("INFRAOPS_LAB_BASE"):
        recipe = [CUSTOMISE.read_text(), *_given(Path(given))]
    else:
        recipe = [CUSTOMISE.read_text(), SUITE, platform.machine(), *PACKAGES, "--", *offered_packages()]
    digest = hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:16]
    return Base(cache / "lab" / f"base-{digest}", digest)


def _given(path: Path) -> tuple[str, str]:
    """Return what tells a given root file system from another one, or from itself after a change."""
    status = path if path.is_file() else path / "var/lib/dpkg/status"
    if not path.is_file() and not (path / "usr/sbin/sshd").exists():
        raise InfraOpsError(
            DOING,
            f"INFRAOPS_LAB_BASE={path} is not a root file system with sshd",
            f"make one: mmdebstrap --variant=minbase --include={','.join(PACKAGES)} {SUITE} DIRECTORY-OR-TAR",
        )
    return str(path.resolve()), str(status.stat().st_mtime_ns if status.exists() else 0)


def _build_lock(cache: Path, progress: Progress) -> AbstractContextManager[None]:
    return locked(cache / "lab" / "base.lock", on_wait=lambda: progress("waiting for another build of the base layer"))


def _make(target: Path, base: Base, environ: Mapping[str, str], progress: Progress) -> None:
    given, archive = environ.get("INFRAOPS_LAB_BASE"), archive_of(base)
    if given and Path(given).is_file():
        _unpack(Path(given), target, environ, progress)
        _run(["sh", str(CUSTOMISE), str(target)], environ, progress)
    elif given:
        if in_user_namespace():
            hint = "give it as a tar archive (mmdebstrap makes one where the target ends in .tar)"
            raise InfraOpsError(DOING, f"the owners of the files in {given} are lost in a user namespace", hint)
        progress(f"copying the root file system {given}")
        _run(["cp", "-a", "--one-file-system", "--reflink=auto", f"{given}/.", str(target)], environ, progress)
        _run(["sh", str(CUSTOMISE), str(target)], environ, progress)
    elif archive.exists():
        _unpack(archive, target, environ, progress)
    elif in_user_namespace():
        hint = "infraops fetches the base before it enters the lab's namespaces; run it as the plain user"
        raise InfraOpsError(DOING, "there is no network inside the lab's namespaces", hint)
    else:
        progress(f"building a Debian {SUITE} root file system (once, about half a minute)")
        # In namespaces of its own: a build that is killed leaves neither mounts nor processes behind.
        shield = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        _run([*shield, *build_command(target, environ, mode="root", form="directory")], environ, progress)


def _unpack(archive: Path, target: Path, environ: Mapping[str, str], progress: Progress) -> None:
    progress(f"unpacking {archive}")
    target.mkdir(parents=True)
    target.chmod(0o755)
    # Device nodes cannot be made in a user namespace, and hosts bring their own.
    command = ["tar", "--extract", "--file", str(archive), "--directory", str(target), "--numeric-owner"]
    _run([*command, "--same-permissions", "--exclude=./dev/*"], environ, progress)


def build_command(target: Path, environ: Mapping[str, str], *, mode: str, form: str) -> list[str]:
    """Return the mmdebstrap command that writes a base layer to `target`."""
    if programs.find("mmdebstrap", environ) is None:
        raise programs.missing(DOING, "mmdebstrap")
    offered = " ".join(offered_packages())
    mirror = environ.get("INFRAOPS_LAB_MIRROR")
    return [
        "mmdebstrap",
        f"--mode={mode}",
        f"--format={form}",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        '--aptopt=Acquire::Languages "none"',
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--skip=cleanup/apt",  # hosts install from the lists and archives that stay
        # The text and not its path: whoever runs it without root cannot read our directories.
        f'--customize-hook=set -- "$1" {offered}\n{CUSTOMISE.read_text()}',
        SUITE,
        str(target),
        *([mirror] if mirror else []),
    ]


def _run(argv: list[str], environ: Mapping[str, str], progress: Progress) -> None:
    """Run a step of the build; its lines that start with "I: " are progress, its last lines explain a failure."""
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        if line.startswith("I: "):
            progress("preparing it for hosts" if "customize-hook" in line else line[3:])

    # A build must not outlive us: nobody would hold its lock any more.
    merged = ["sh", "-c", 'exec setpriv --pdeathsig KILL "$@" 2>&1', "sh", *argv]
    finished = processes.run(merged, env=programs.environment(environ), on_line=take, timeout=1800)
    if finished.exit_code != 0:
        problem = next((line for line in lines if line.startswith("E: ")), lines[-1] if lines else "no output")
        raise InfraOpsError(
            DOING,
            f"{argv[0]} ended with exit code {finished.exit_code}: {problem}",
            "where no Debian mirror answers, name one with INFRAOPS_LAB_MIRROR=URL, "
            "or a ready root file system with INFRAOPS_LAB_BASE=DIRECTORY",
        )
