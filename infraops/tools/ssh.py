"""SSH as far as it is ours: pinned host keys, waiting until machines answer, closing shared connections."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.plans.contract import Host
from infraops.tools.connecting import NO_ANSWER, connect, plain_reason, receive

_BANNER_LIMIT = 8192  # RFC 4253 4.2 lets a server say other lines before its "SSH-" line
_ATTEMPT_SECONDS = 3.0
_NOT_SSH = "what answers is not SSH"
_ASIDE = 128  # hosts asked side by side; one that keeps silent holds its place to the end
_TELL_SECONDS = 1.0

Found = TypeVar("Found")


def host_pattern(host: Host) -> str:
    """Return the name by which known_hosts knows a host: `address`, or `[address]:port` beside port 22."""
    return host.address if host.port == 22 else f"[{host.address}]:{host.port}"


def known_hosts(hosts: Iterable[Host], *, unpinned: Callable[[Host], str] | None = None) -> str:
    """Return the known_hosts file for these hosts: the pinned key and no other; `unpinned` gives the lines of the rest.

    Raises InfraOpsError where a pinned key is not one.
    """
    lines: list[str] = []
    for host in hosts:
        if host.connection == "local":
            continue
        if host.host_key is None:
            lines += (unpinned(host) if unpinned else "").splitlines()
            continue
        words = host.host_key.split()
        if len(words) < 2 or "\n" in host.host_key.strip() or words[0].startswith(("@", "#")):
            raise InfraOpsError(
                f"pinning the host key of {host.name}",
                f"{host.host_key[:40]!r} is no public key",
                'the output "hosts" gives host_key as "ssh-ed25519 AAAA…"',
            )
        lines.append(f"{host_pattern(host)} {words[0]} {words[1]}")
    return "".join(f"{line}\n" for line in lines)


def pinned_by(file: Path) -> dict[str, str]:
    """Return ssh's options that accept the host keys in this known_hosts file and no other.

    ssh parts the value at blanks, and expands `%` in it.
    """
    escaped = str(file).replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
    return {
        "UserKnownHostsFile": f'"{escaped}"',
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
    }


def lines_known_to_user(host: Host, *, files: Sequence[Path], environ: Mapping[str, str]) -> str:
    """Return the lines about a host in the user's own known_hosts files, hashed ones included."""
    found: list[str] = []
    for file in files:
        if file.is_file():
            argv = ("ssh-keygen", "-F", host_pattern(host), "-f", str(file))
            output = processes.run(argv, env=dict(environ), timeout=10).stdout
            found += [line for line in output.splitlines() if not line.startswith("#")]
    return "".join(f"{line}\n" for line in found)


def known_to_user(environ: Mapping[str, str]) -> Callable[[Host], str]:
    """Return what finds the lines about a host in the known_hosts files that ssh reads for this user."""
    files = (Path(environ.get("HOME", "/root")) / ".ssh" / "known_hosts", Path("/etc/ssh/ssh_known_hosts"))
    return lambda host: lines_known_to_user(host, files=files, environ=environ)


@dataclass(frozen=True)
class Silence:
    """A host that did not answer in time, and what it did instead."""

    host: str
    address: str
    reason: str


def wait_for_banners(
    hosts: Sequence[Host],
    *,
    seconds: float,
    children: processes.Children,
    on_answer: Callable[[Host], None] | None = None,
    on_wait: Callable[[Sequence[str], float], None] | None = None,
    give_up: Callable[[Host], bool] | None = None,
) -> tuple[Silence, ...]:
    """Wait until every host answers on its SSH port with a banner, all at once; return those that did not.

    While it waits, `on_wait` is told every second the names of those that keep silent, and for how many seconds they
    did. `give_up` is asked, from several threads, of each that did not answer at once: whether there is no sense in
    waiting for it, which is no silence. Raises Interrupted as soon as the run is.
    """
    begun = time.monotonic()
    remote = [host for host in hosts if host.connection == "ssh"]

    def wait(host: Host) -> Silence | None:
        reason = _wait_for_banner(host, begun + seconds, children, on_answer, give_up)
        return None if reason is None else Silence(host.name, f"{host.address}:{host.port}", reason)

    silences = side_by_side(remote, wait, aside=_ASIDE, on_wait=on_wait)
    if children.interrupted.is_set():
        raise Interrupted("waiting for SSH", "interrupted")
    return tuple(silence for silence in silences if silence is not None)


def side_by_side(
    hosts: Sequence[Host],
    work: Callable[[Host], Found],
    *,
    aside: int,
    on_wait: Callable[[Sequence[str], float], None] | None = None,
) -> tuple[Found, ...]:
    """Do the work for all hosts in threads, at most `aside` at once; `on_wait` is told every second who is not done."""
    if not hosts:
        return ()
    begun = time.monotonic()
    with ThreadPoolExecutor(min(len(hosts), aside), thread_name_prefix="hosts") as pool:
        futures = {pool.submit(work, host): host.name for host in hosts}
        waiting: set[Future[Found]] = set(futures)
        while waiting := wait_for_futures(waiting, timeout=_TELL_SECONDS).not_done:
            if on_wait is not None:
                on_wait([name for future, name in futures.items() if future in waiting], time.monotonic() - begun)
    return tuple(future.result() for future in futures)


def _wait_for_banner(
    host: Host,
    deadline: float,
    children: processes.Children,
    on_answer: Callable[[Host], None] | None,
    give_up: Callable[[Host], bool] | None,
) -> str | None:
    pause, reason = 0.05, NO_ANSWER
    while not children.interrupted.is_set():
        left = deadline - time.monotonic()
        if left <= 0:
            return reason
        until = min(deadline, time.monotonic() + _ATTEMPT_SECONDS)
        answer = ask_for_banner(host.address, host.port, until=until, interrupted=children.interrupted)
        if answer is None:
            if on_answer is not None:
                on_answer(host)
            return None
        if (
            answer != NO_ANSWER or until < deadline
        ):  # the deadline cut the last attempt short; the ones before tell more
            reason = answer
        if give_up is not None and give_up(host):
            return None
        give_up = None
        children.interrupted.wait(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.6, 1.0)
    return reason


def ask_for_banner(address: str, port: int, *, until: float, interrupted: threading.Event) -> str | None:
    """Ask once, until `until` (monotonic seconds); None where an SSH server answers, else why not, in plain words."""
    try:
        with connect(address, port, until=until, interrupted=interrupted) as connection:
            said = b""
            while len(said) < _BANNER_LIMIT:
                piece = receive(connection, 256, until=until, interrupted=interrupted)
                if not piece:
                    return "the connection was closed before an SSH banner" if not said else _NOT_SSH
                said += piece
                if said.startswith(b"SSH-") or b"\nSSH-" in said:
                    with suppress(OSError):
                        connection.sendall(b"SSH-2.0-infraops\r\n")  # else sshd logs a scan and may penalise us
                    return None
            return _NOT_SSH
    except OSError as error:
        return plain_reason(error)


def goes_another_way(host: Host, *, environ: Mapping[str, str]) -> bool:
    """Whether the user's SSH configuration leads to a host by a jump host, a command or another name.

    Then its own address and port tell nothing.
    """
    argv = ("ssh", "-G", "-p", str(host.port), "-l", host.user, "--", host.address)
    try:
        answer = processes.run(argv, env=dict(environ), timeout=10)
    except OSError:
        return False
    settings = dict(line.split(" ", 1) for line in answer.stdout.splitlines() if " " in line)
    detours = {settings.get("proxyjump", "none"), settings.get("proxycommand", "none")} - {"none"}
    return bool(detours) or settings.get("hostname", host.address).lower() != host.address.lower()


def close_masters(directory: Path, *, environ: Mapping[str, str]) -> None:
    """End the shared connections whose sockets stand in this directory, and remove the sockets."""
    sockets = [path for path in directory.iterdir() if path.is_socket()] if directory.is_dir() else []
    if not sockets:
        return

    def close(path: Path) -> None:
        with suppress(TimeoutError):
            argv = ("ssh", "-F", "none", "-o", f"ControlPath={path}", "-O", "exit", "infraops")
            processes.run(argv, env=dict(environ), timeout=10)
        with suppress(FileNotFoundError):
            path.unlink()

    with ThreadPoolExecutor(min(len(sockets), 8), thread_name_prefix="masters") as pool:
        list(pool.map(close, sockets))
