"""Workers: processes that carry out one command after another, where starting a program costs more than its work.

A worker is started as `<argv> <descriptor>`. The descriptor is its end of a socket, on which it is sent a line of JSON
for each command, `{"arguments": […]}`, along with the two open files that the command's stdout and stderr go to, and on
which it answers with the command's exit code on a line. A line `cancel` asks it to bring the command at work to a
clean end. Where the socket ends, it finishes what it has at work and ends as well.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO

from infraops.processes.children import Children, Finished, Watch
from infraops.processes.identity import ProcessIdentity, identify, signal_group
from infraops.processes.running import follow

IDLE = 8  # workers that wait for a next command; more are ended, the longest idle one first
GRACE_SECONDS = 5.0  # for a worker that was told to end

Key = tuple[object, ...]


@dataclass
class _Worker:
    """A living worker; `key` says for which commands it is fit."""

    key: Key
    process: subprocess.Popen[bytes]
    connection: socket.socket
    errors: IO[bytes]  # what it says outside its commands, as a program does that breaks
    identity: ProcessIdentity | None  # None where it broke at once
    ended: threading.Event = field(default_factory=threading.Event)
    exit_code: int | None = None  # of the command; None while it works, and where the worker broke
    gone: bool = False

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self, arguments: Sequence[str], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        """Send a command, whose end is listened for beside."""
        self.ended.clear()
        self.exit_code = None
        request = json.dumps({"arguments": list(arguments)}).encode() + b"\n"
        with suppress(OSError):  # of a worker that broke: its end is heard
            sent = socket.send_fds(self.connection, [request], [stdout.fileno(), stderr.fileno()])
            self.connection.sendall(request[sent:])
        if self.gone:  # it broke while it was idle: nobody listens any more
            self.ended.set()

    def cancel(self) -> None:
        """Ask for a clean end of the command at work."""
        with suppress(OSError):
            self.connection.sendall(b"cancel\n")

    def hang_up(self) -> None:
        """Tell it to end."""
        with suppress(OSError):  # of a worker that broke
            self.connection.shutdown(socket.SHUT_RDWR)  # wakes who listens, as closing does not

    def dismiss(self) -> None:
        """Let it end, make sure that it does, and let go of what belongs to it."""
        self.hang_up()
        self._await_end()
        self.connection.close()
        self.errors.close()

    def kill(self) -> None:
        """End it and all that it started."""
        signal_group(self.process.pid, signal.SIGKILL)
        self.dismiss()

    def _await_end(self) -> None:
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _listen(self) -> None:
        """Hear how each command ended, until the worker breaks or is let go."""
        answer = b""
        with suppress(OSError):
            while part := self.connection.recv(64):
                answer += part
                if answer.endswith(b"\n"):
                    self.exit_code, answer = int(answer), b""
                    self.ended.set()
        self._await_end()
        self.gone = True
        self.ended.set()


class Workers:
    """The workers of one run. A command is given to an idle one that was started for its `key`, else to a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self.started = 0

    def run(
        self,
        argv: Sequence[str],
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        key: Key = (),
        on_line: Callable[[str], None] | None = None,
        watch: Watch | None = None,
        children: Children | None = None,
    ) -> Finished:
        """Carry out one command in a worker `argv` and return what it said.

        A worker serves commands of the same `argv`, `env` and `key` alone. `on_line` is called with each line of
        stdout as it comes. What a command writes goes to files without a name, so that it finishes its work where
        this process is killed. A worker that breaks counts as a command that a signal ended.
        """
        begun = time.monotonic()
        worker = self._take((*argv, *sorted(env.items()), *key), argv, env)
        pid, identity = worker.process.pid, worker.identity
        if children is not None:
            children.add(pid, interrupt=worker.cancel)
        try:
            with TemporaryFile() as out, TemporaryFile() as errors:
                if watch is not None and identity is not None:
                    watch.started(identity)
                worker.begin(arguments, out, errors)
                stdout, stderr = follow(worker.ended, (out, errors), on_line)
                exit_code = worker.exit_code
                if exit_code is None:
                    exit_code = worker.process.wait()
                    stderr += _all(worker.errors)
                if watch is not None and identity is not None:
                    watch.ended(identity, exit_code, time.monotonic() - begun)
        except BaseException:
            worker.kill()
            raise
        finally:
            if children is not None:
                children.remove(pid)
        self._give_back(worker, fit=not (children is not None and children.interrupted.is_set()))
        return Finished((*argv, *arguments), exit_code, stdout, stderr, time.monotonic() - begun)

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.hang_up()
        for worker in idle:
            worker.dismiss()

    def _take(self, key: Key, argv: Sequence[str], env: Mapping[str, str]) -> _Worker:
        with self._lock:
            for worker in reversed(self._idle):
                if worker.key == key and worker.process.poll() is None:
                    self._idle.remove(worker)
                    return worker
            self.started += 1
        return _start(key, argv, env)

    def _give_back(self, worker: _Worker, *, fit: bool) -> None:
        """Keep a worker for the next command; one whose command was interrupted may have left something at work."""
        if worker.process.poll() is not None or not fit:
            worker.kill()
            return
        with self._lock:
            self._idle.append(worker)
            too_many = self._idle[:-IDLE]
            self._idle = self._idle[-IDLE:]
        for old in too_many:
            old.dismiss()


def _start(key: Key, argv: Sequence[str], env: Mapping[str, str]) -> _Worker:
    with ExitStack() as until_started:
        ours, theirs = socket.socketpair()
        until_started.callback(ours.close)
        errors = until_started.enter_context(TemporaryFile())
        with theirs:
            process = subprocess.Popen(
                [*argv, str(theirs.fileno())],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        until_started.pop_all()
    return _Worker(key, process, ours, errors, identify(process.pid))


def _all(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")
