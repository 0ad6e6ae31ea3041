"""infraops as a shell would run it, in a process of its own, but forked from one that has loaded it already.

To load the program is most of what most commands do, and the tests run it more than a thousand times. Arguments,
environment, working directory, exit code and what is printed are as in a program that was started. Where a test is
about loading, a terminal, or a signal from outside, it starts one with `subprocess`.

`python -m tests.forked N` is the process to fork from; it listens on its descriptor N.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PROGRAM = Path(__file__).with_name("forked_program.py")
LOADED_LATE = ("git", "jinja2", "python_terraform", "sqlalchemy.dialects.sqlite", "sqlite3", "cel", "rich.console")
# These are programs themselves, or bring threads along, which a fork would not survive.
NOT_LOADED = ("infraops.lab.provider", "infraops.lab.serve", "infraops.__main__", "infraops.catalog")
_LARGEST = 1 << 20  # bytes of an order


@dataclass(frozen=True)
class Order:
    """What to run, and where."""

    words: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]


def infraops(
    *words: str, cwd: Path, env: Mapping[str, str], timeout: float = 600, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `infraops WORDS` to its end, as `subprocess.run(..., capture_output=True, text=True)` would."""
    with ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        code = _carry_out(Order(words, str(cwd), dict(env)), [file.fileno() for file in (given, out, err)], timeout)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(["infraops", *words], code, out.read(), err.read())


def program(directory: Path) -> Path:
    """Write the same as a program `infraops` into a directory that a script may have on its path."""
    file = directory / "infraops"
    directory.mkdir(parents=True, exist_ok=True)
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -IS {PROGRAM} {_address()} "$@"\n')
    file.chmod(0o755)
    return file


def _carry_out(order: Order, descriptors: Iterable[int], timeout: float) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as answers:
        answers.connect(f"\0{_address()}")
        socket.send_fds(answers, [json.dumps(asdict(order)).encode()], list(descriptors))
        pid = int(answers.recv(64))
        answers.settimeout(timeout)
        try:
            return os.waitstatus_to_exitcode(int(answers.recv(64)))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(["infraops", *order.words], timeout) from None


@functools.cache
def _address() -> str:
    """Start the process to fork from, which ends with this one; returns the name of its socket."""
    name = f"infraops-tests-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(f"\0{name}")
        listening.listen(64)
        argv = [sys.executable, "-P", "-m", "tests.forked", str(listening.fileno())]
        environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "PYTHONPATH": str(CHECKOUT)}
        process = subprocess.Popen(argv, env=environ, pass_fds=[listening.fileno()], stdin=subprocess.PIPE)
    assert process.stdin is not None
    atexit.register(process.wait, 10)
    atexit.register(process.stdin.close)
    return name


def _load() -> None:
    import infraops

    for module in pkgutil.walk_packages(infraops.__path__, "infraops."):
        if not module.name.startswith(NOT_LOADED):
            importlib.import_module(module.name)
    for name in LOADED_LATE:
        importlib.import_module(name)


def _become(order: Order, descriptors: Sequence[int]) -> None:
    """Make this process what a shell would have started."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order.cwd)
    os.environ.clear()
    os.environ.update(order.env)
    time.tzset()
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.path.remove(str(CHECKOUT))
    sys.argv = ["infraops", *order.words]


def _await_orders(listening: socket.socket) -> bool:
    """Fork a process for each order, and tell how it ended; whether this is such a process, and not the first one."""
    waiting = selectors.PollSelector()
    waiting.register(listening, selectors.EVENT_READ)
    waiting.register(sys.stdin, selectors.EVENT_READ)  # which ends with those who give orders
    while True:
        for key, _ in waiting.select():
            if key.fileobj is sys.stdin:
                return False
            if key.fileobj is not listening:
                pid, answers = key.data
                with answers, suppress(BrokenPipeError):  # nobody may wait any more
                    answers.send(str(os.waitpid(pid, 0)[1]).encode())
                waiting.unregister(key.fd)
                os.close(key.fd)
                continue
            answers, _ = listening.accept()
            text, descriptors, _, _ = socket.recv_fds(answers, _LARGEST, 3)
            pid = os.fork()
            if pid == 0:
                for each in (listening, answers, *(key.data[1] for key in waiting.get_map().values() if key.data)):
                    each.detach()
                document = json.loads(text)
                _become(Order(tuple(document["words"]), document["cwd"], document["env"]), descriptors)
                return True
            answers.send(str(pid).encode())
            for descriptor in descriptors:
                os.close(descriptor)
            waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, answers))


def _run() -> None:
    """Be infraops, and end without taking apart what was loaded, which would copy all of its memory first."""
    from infraops.__main__ import main as door

    try:
        door()
    except SystemExit as end:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else end.code is not None)


def main() -> None:
    """Be the process to fork from, or end as one that was."""
    _load()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _await_orders(socket.socket(fileno=int(sys.argv[1]))):
        _run()


if __name__ == "__main__":
    main()
