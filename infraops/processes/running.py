"""Starting a program, listening to it, and waiting for its end."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from infraops.processes.children import Children, Finished, Watch
from infraops.processes.identity import ProcessIdentity, identify, signal_group

Files = tuple[IO[bytes], IO[bytes]]  # what a child writes its stdout and stderr to


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
            children.add(process.pid, interrupt=_to_group(process.pid) if interrupt_group else None)
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


def _to_group(pid: int) -> Callable[[], None]:
    return lambda: signal_group(pid, signal.SIGINT)


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
            stdout, stderr = follow(_wait_beside(process), files, on_line)
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


def _wait_beside(process: subprocess.Popen[str]) -> threading.Event:
    """Wait for a child in a thread of its own; the event says that it has ended."""
    ended = threading.Event()

    def wait() -> None:
        process.wait()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def follow(ended: threading.Event, files: Files, on_line: Callable[[str], None] | None) -> tuple[str, str]:
    """Read the lines that a child appends to its first file until it `ended`, twenty times a second.

    Returns all that it wrote to both.
    """
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
