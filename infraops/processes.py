"""Starting, streaming, interrupting and naming child processes; the only user of `subprocess`.

Every child runs in a session of its own, so that a Ctrl-C on the terminal reaches infraops alone and infraops
decides what its children hear: one clean interrupt first, a kill if the operator insists.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

Files = tuple[IO[bytes], IO[bytes]]  # what a child writes its stdout and stderr to


@dataclass(frozen=True)
class ProcessIdentity:
    """A process that can be told from a later one with the same pid: pid and start time in clock ticks since boot."""

    pid: int
    started: int


@dataclass(frozen=True)
class Finished:
    """A child that has ended. Negative exit codes are signals, as in `subprocess`."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True)
class Watch:
    """Who is told of a child: when it has a pid and has not worked yet, and when it has ended."""

    started: Callable[[ProcessIdentity], None]
    ended: Callable[[ProcessIdentity, int, float], None] = lambda identity, exit_code, seconds: None


class Children:
    """The living children of one run: what an interrupt is passed on to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[int, bool] = {}  # pid → whether an interrupt goes to its whole group
        self.interrupted = threading.Event()
        self.killed = threading.Event()

    def add(self, pid: int, *, interrupt_group: bool = False) -> None:
        """Take a child under watch; one that starts after a kill is killed at once."""
        with self._lock:
            self._groups[pid] = interrupt_group
        if self.killed.is_set():
            signal_group(pid, signal.SIGKILL)

    def remove(self, pid: int) -> None:
        """Forget a child that has ended."""
        with self._lock:
            self._groups.pop(pid, None)

    def interrupt(self) -> None:
        """Pass one SIGINT on to every living child; a second call changes nothing.

        Only the child itself hears it, unless it was added with `interrupt_group`: what a program has at work (a
        script that Terraform runs) is its own to finish or to end.
        """
        if self.interrupted.is_set():
            return
        self.interrupted.set()
        for pid, group in self._living():
            signal_group(pid, signal.SIGINT) if group else signal_process(pid, signal.SIGINT)

    def kill(self) -> None:
        """End every living child at once."""
        self.interrupted.set()
        self.killed.set()
        for pid, _ in self._living():
            signal_group(pid, signal.SIGKILL)

    def _living(self) -> tuple[tuple[int, bool], ...]:
        with self._lock:
            return tuple(self._groups.items())


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
    watch: Watch | None = None,
    children: Children | None = None,
    interrupt_group: bool = False,
    survives: bool = False,
) -> Finished:
    """Run a program to its end and return what it said.

    `timeout` is in seconds; at its end the child's group is killed and `TimeoutError` raised. `on_line` is called
    with each line of stdout as it comes, without its newline. `OSError` is raised where the program cannot start.
    A child that `survives` finishes its work where this process is killed: it writes to files without a name, as a
    pipe breaks with its reader and takes the writer with it.
    """
    begun = time.monotonic()
    with ExitStack() as held:
        files = (held.enter_context(TemporaryFile()), held.enter_context(TemporaryFile())) if survives else None
        process = _start(argv, cwd, env, stdin is not None, files)
        if children is not None:
            children.add(process.pid, interrupt_group=interrupt_group)
        try:
            identity = identify(process.pid)
            if watch is not None and identity is not None:
                watch.started(identity)
            stdout, stderr = _communicate(process, stdin, timeout, on_line, files)
            if watch is not None and identity is not None:
                watch.ended(identity, process.returncode, time.monotonic() - begun)
        except BaseException:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            if children is not None:
                children.remove(process.pid)
        if children is not None and children.interrupted.is_set():
            # A program that was interrupted may leave behind what it had at work, as Terraform does with provisioners.
            signal_group(process.pid, signal.SIGKILL)
        return Finished(tuple(argv), process.returncode, stdout, stderr, time.monotonic() - begun)


def _start(
    argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None, has_stdin: bool, files: Files | None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=dict(env) if env is not None else None,
        stdin=subprocess.PIPE if has_stdin else subprocess.DEVNULL,
        stdout=files[0] if files is not None else subprocess.PIPE,
        stderr=files[1] if files is not None else subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )


def _communicate(
    process: subprocess.Popen[str],
    stdin: str | None,
    timeout: float | None,
    on_line: Callable[[str], None] | None,
    files: Files | None,
) -> tuple[str, str]:
    timed_out = threading.Event()

    def end() -> None:
        timed_out.set()
        signal_group(process.pid, signal.SIGKILL)

    timer = threading.Timer(timeout, end) if timeout is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        if files is not None:
            stdout, stderr = _follow(process, files, on_line)
        elif on_line is None:
            stdout, stderr = process.communicate(stdin)
        else:
            stdout, stderr = _stream(process, stdin, on_line)
    finally:
        if timer is not None:
            timer.cancel()
    if timed_out.is_set():
        raise TimeoutError(f"{process.args!r} did not end within {timeout} s")
    return stdout, stderr


def _stream(process: subprocess.Popen[str], stdin: str | None, on_line: Callable[[str], None]) -> tuple[str, str]:
    assert process.stdout is not None and process.stderr is not None
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    errors: list[str] = []
    reader = threading.Thread(target=lambda stream: errors.extend(stream), args=(process.stderr,), daemon=True)
    reader.start()
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        on_line(line.rstrip("\n"))
    process.wait()
    reader.join()
    process.stdout.close()
    process.stderr.close()
    return "".join(lines), "".join(errors)


def _follow(process: subprocess.Popen[str], files: Files, on_line: Callable[[str], None] | None) -> tuple[str, str]:
    """Read the lines that a child appends to its file until it ends, twenty times a second."""
    ended = threading.Event()

    def wait() -> None:
        process.wait()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    take = on_line or (lambda line: None)
    last, begun = False, b""
    read = 0
    while not last:
        last = ended.wait(0.05)
        # Without moving the file's own position, which is where the child writes.
        while chunk := os.pread(files[0].fileno(), 1 << 16, read):
            read += len(chunk)
            *lines, begun = (begun + chunk).split(b"\n")
            for line in lines:
                take(line.decode(errors="replace"))
    if begun:
        take(begun.decode(errors="replace"))
    stdout, stderr = (os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0) for file in files)
    return stdout.decode(errors="replace"), stderr.decode(errors="replace")


def start_detached(argv: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> ProcessIdentity:
    """Start a program that outlives this process: own session, no inherited descriptor, output into `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(argv),
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            close_fds=True,
        )
    identity = identify(process.pid)
    # Somebody must take its exit code while we are here; else it stays a zombie, and Python complains.
    threading.Thread(target=process.wait, daemon=True).start()
    if identity is None:
        raise ChildProcessError(f"{argv[0]} ended at once; see {log}")
    return identity


def identify(pid: int) -> ProcessIdentity | None:
    """Name the process that has this pid now; None where there is none, or only a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else ProcessIdentity(pid, int(fields[19]))


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether this very process still runs."""
    return identify(identity.pid) == identity


def end(identity: ProcessIdentity, *, number: int = signal.SIGKILL, group: bool = True) -> None:
    """Send a signal to this very process (its whole group by default); nothing happens if it is gone."""
    if is_alive(identity):
        if group:
            signal_group(identity.pid, number)
        else:
            signal_process(identity.pid, number)


def signal_process(pid: int, number: int) -> None:
    """Send a signal to one process; nothing happens if it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def signal_group(pid: int, number: int) -> None:
    """Send a signal to the group that `pid` leads; nothing happens if it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
