"""A program that has the terminal to itself for a while: it reads and writes what this process would."""

import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from infraops.processes.children import Watch
from infraops.processes.identity import identify


def run_attached(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], watch: Watch | None = None) -> int:
    """Run a program on this process's own streams, and return its exit code as a shell does: 128 + n for a signal.

    A Ctrl-C reaches it from the terminal, so it is not passed on a second time; SIGTERM is. `OSError` is raised where
    the program cannot start.
    """
    begun = time.monotonic()
    with _passing_on() as living:
        process = subprocess.Popen(list(argv), cwd=cwd, env=dict(env))
        living.append(process)
        identity = identify(process.pid)
        if watch is not None and identity is not None:
            watch.started(identity)
        code = process.wait()
        if watch is not None and identity is not None:
            watch.ended(identity, code, time.monotonic() - begun)
    return 128 - code if code < 0 else code


@contextmanager
def _passing_on() -> Iterator[list[subprocess.Popen[bytes]]]:
    living: list[subprocess.Popen[bytes]] = []

    def hear(number: int, frame: object) -> None:
        if number == signal.SIGTERM:
            for process in living:
                process.terminate()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield living
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
