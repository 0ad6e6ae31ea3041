"""Workers: which one takes a command, and what becomes of them when something ends too early."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from infraops import processes
from infraops.processes import Children, ProcessIdentity, Watch, Workers, is_alive
from infraops.processes.workers import _start

# A worker of a few lines: it says who it is; `sleep` waits until it is cancelled, `break` breaks it.
WORKER = """\
import json, os, socket, sys, threading
connection = socket.socket(fileno=int(sys.argv[1]))
cancelled = threading.Event()

def carry_out(arguments, out, err):
    if arguments[0] == "break":
        sys.stderr.write("something snapped")
        sys.stderr.flush()
        os._exit(9)
    os.write(out, f"begun\\n{os.getpid()}\\n".encode())
    if arguments[0] == "sleep":
        cancelled.wait(30)
    os.write(err, b"well")
    os.close(out)
    os.close(err)
    connection.sendall(b"%d\\n" % (5 if cancelled.is_set() else 0))

while True:
    data, passed, _, _ = socket.recv_fds(connection, 65536, 2)
    if not data:
        break
    for line in data.splitlines():
        if line == b"cancel":
            cancelled.set()
        else:
            threading.Thread(target=carry_out, args=(json.loads(line)["arguments"], *passed)).start()
"""
ENV = {"PATH": os.environ["PATH"]}


@pytest.fixture
def argv(tmp_path: Path) -> list[str]:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    return [sys.executable, str(script)]


@pytest.fixture
def workers() -> Iterator[Workers]:
    with closing(Workers()) as opened:
        yield opened


def pid_of(said: str) -> int:
    return int(said.split()[1])


def test_commands_after_each_other_share_a_worker(workers: Workers, argv: list[str]) -> None:
    lines: list[str] = []
    first = workers.run(argv, ["hello"], env=ENV, on_line=lines.append)
    second = workers.run(argv, ["hello"], env=ENV)
    assert (first.exit_code, first.stderr, lines) == (0, "well", first.stdout.splitlines())
    assert pid_of(first.stdout) == pid_of(second.stdout)
    assert workers.started == 1


def test_a_worker_serves_only_what_it_was_started_for(workers: Workers, argv: list[str]) -> None:
    pids = {
        pid_of(workers.run(argv, ["hello"], env=env, key=key).stdout)
        for env, key in ((ENV, ()), (ENV, ("other providers",)), ({**ENV, "REGION": "north"}, ()))
    }
    assert len(pids) == 3


def test_commands_side_by_side_have_workers_of_their_own(workers: Workers, argv: list[str]) -> None:
    children = Children()
    threads = [
        threading.Thread(target=lambda: workers.run(argv, ["sleep"], env=ENV, children=children)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    while workers.started < 2:
        time.sleep(0.01)
    children.interrupt()
    for thread in threads:
        thread.join(20)
    assert workers.started == 2


def test_idle_workers_do_not_pile_up(workers: Workers, argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infraops.processes.workers.IDLE", 2)
    identities: list[ProcessIdentity] = []
    for number in range(4):
        workers.run(argv, ["hello"], env=ENV, key=(number,), watch=Watch(identities.append))
    assert [is_alive(identity) for identity in identities] == [False, False, True, True]
    workers.close()
    assert not any(is_alive(identity) for identity in identities)


def test_a_worker_that_breaks_fails_its_command_alone(workers: Workers, argv: list[str]) -> None:
    broken = workers.run(argv, ["break"], env=ENV)
    assert (broken.exit_code, broken.stderr) == (9, "something snapped")
    assert workers.run(argv, ["hello"], env=ENV).exit_code == 0


def test_a_worker_that_cannot_start_is_heard(workers: Workers) -> None:
    assert workers.run([sys.executable, "-c", "raise SystemExit('no library')"], ["x"], env=ENV).exit_code == 1
    with pytest.raises(FileNotFoundError):
        workers.run(["/no/such/program"], ["x"], env=ENV)


@pytest.mark.parametrize(("how", "exit_code"), [("interrupt", 5), ("kill", -signal.SIGKILL)])
def test_an_interrupt_and_a_kill_reach_the_command(workers: Workers, argv: list[str], how: str, exit_code: int) -> None:
    children = Children()
    seen: list[ProcessIdentity] = []

    def act(line: str) -> None:
        getattr(children, how)()

    finished = workers.run(argv, ["sleep"], env=ENV, children=children, on_line=act, watch=Watch(seen.append))
    assert finished.exit_code == exit_code
    assert not is_alive(seen[0])


def test_an_interrupt_before_the_command_is_not_lost(workers: Workers, argv: list[str]) -> None:
    children = Children()
    children.interrupt()
    assert workers.run(argv, ["sleep"], env=ENV, children=children).exit_code == 5


PARENT = """\
import json, sys
from infraops.processes import Workers
Workers().run(json.loads(sys.argv[1]), ["sleep"], env={}, on_line=lambda line: print(line, flush=True))
"""


def test_a_worker_ends_after_its_command_where_infraops_is_killed(argv: list[str]) -> None:
    parent, pids = Children(), list[int]()

    def kill(line: str) -> None:
        if line.isdigit():
            pids.append(int(line))
            parent.kill()

    environ = {**ENV, "PYTHONPATH": str(Path(processes.__file__).parents[2])}
    quick = [argv[0], "-c", WORKER.replace("wait(30)", "wait(0.5)")]
    processes.run([sys.executable, "-c", PARENT, json.dumps(quick)], env=environ, on_line=kill, children=parent)
    (pid,) = pids
    for _ in range(1200):
        if processes.identify(pid) is None:
            break
        time.sleep(0.1)
    assert processes.identify(pid) is None


def test_a_command_for_a_worker_that_broke_just_before_is_not_waited_for(argv: list[str]) -> None:
    with TemporaryFile() as out, TemporaryFile() as errors:
        worker = _start((), argv, ENV)
        os.kill(worker.process.pid, signal.SIGKILL)
        assert worker.ended.wait(10)
        worker.begin(["hello"], out, errors)
        assert worker.ended.wait(10)
        assert worker.exit_code is None
        worker.dismiss()
