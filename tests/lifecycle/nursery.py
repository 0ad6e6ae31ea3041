"""Runs of infraops, each in a process of its own that may die: forked from one that has everything loaded.

`python -m tests.lifecycle.nursery` reads orders, a line of JSON each, and answers each with a line when the process it
made for it has ended.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.destroy import destroy
from infraops.commands.plan import plan
from infraops.commands.resume import resume
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.errors import InfraOpsError
from infraops.models.runs.events import Event
from infraops.models.runs.run import RunResult
from infraops.stations.bench.job import Question

LOADED_LATE = ("git", "jinja2", "python_terraform", "sqlalchemy", "infraops.ledger.store", "infraops.ledger.claims",
               "infraops.ledger.upgrade", "infraops.ledger.sqlite")  # fmt: skip
PATIENCE = 300  # seconds for a run; one that hangs is ended, and the test fails


@dataclass(frozen=True)
class Order:
    """What a process is asked to do, and what befalls the process itself.

    `mishap` comes with the event, or the look at the clock, that is `at`: each entry of the ledger is stamped in the
    middle of its transaction.
    """

    root: str
    home: str
    command: str
    names: tuple[str, ...] = ()
    run: str | None = None
    parallelism: int = 1
    refresh: bool = False
    says_no: bool = False
    mishap: str = ""  # of MISHAPS
    on: str = "event"  # or "clock"
    at: int = 0


@dataclass(frozen=True)
class Answer:
    """How the process ended: `code` as a shell sees it (negative: killed); what it said, unless it was killed."""

    code: int
    pid: int
    run: str = ""
    outcome: str = ""
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: str = ""

    @property
    def killed(self) -> bool:
        return self.code < 0


SIGNALS = ("infraops is killed", "Ctrl-C", "Ctrl-C twice")
MISHAPS = {"event": (*SIGNALS, "a bug", "an OSError"), "clock": SIGNALS}  # a clock raises nothing


def _befall(mishap: str) -> None:
    match mishap:
        case "infraops is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "Ctrl-C":
            os.kill(os.getpid(), signal.SIGINT)
        case "Ctrl-C twice":
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        case "a bug":
            raise RuntimeError("a bug on purpose")
        case "an OSError":
            raise OSError(28, "No space left on device")


class _Counted:
    """Counts what happens, and lets the mishap happen with the one it is meant for."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._lock = threading.Lock()
        self._seen = {"event": 0, "clock": 0}

    def report(self, event: Event) -> None:
        self._count("event")

    def now(self) -> datetime:
        self._count("clock")
        return datetime.now(UTC)

    def _count(self, what: str) -> None:
        with self._lock:
            self._seen[what] += 1
            is_it = self._order.on == what and self._order.at == self._seen[what]
        if is_it:
            _befall(self._order.mishap)


def _carry_out(order: Order) -> RunResult:
    counted = _Counted(order)

    def ask(question: Question) -> bool:
        return not order.says_no

    around = Surroundings(
        directory=Path(order.root),
        environ={"HOME": order.home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        report=counted.report,
        ask=ask,
        now=counted.now,
    )
    selection = Selection(environment="local", names=order.names)
    match order.command:
        case "apply":
            return apply(selection, around, parallelism=order.parallelism, refresh=order.refresh)
        case "destroy":
            return destroy(selection, around, parallelism=order.parallelism)
        case "plan":
            return plan(selection, around, parallelism=order.parallelism, refresh=order.refresh)
        case _:
            return resume(around, order.run)


def _answer(order: Order) -> dict[str, Any]:
    try:
        result = _carry_out(order)
    except InfraOpsError as error:
        return {"code": int(error.exit_code), "error": str(error)}
    except KeyboardInterrupt:
        return {"code": 130, "error": "interrupted"}
    except OSError as error:
        return {"code": 1, "error": str(error)}
    except Exception:
        return {"code": 3, "error": traceback.format_exc()}
    stacks = {
        each.stack: {
            "outcome": each.outcome.value,
            "blocked_by": each.blocked_by,
            "proven_by": each.proven_by,
            "failure": f"{each.failure.station}: {each.failure.problem}" if each.failure else "",
            "code": each.failure.exit_code if each.failure else 0,
        }
        for each in result.stacks
    }
    return {"code": exit_code_of(result), "run": result.run, "outcome": result.outcome.value, "stacks": stacks}


def _child(order: Order, said: Path) -> None:
    """Carry one order out as a program of its own would: nothing it leaves behind in memory outlives it."""
    os.setsid()
    signal.alarm(PATIENCE)
    said.write_text(json.dumps(_answer(order)))


def main() -> None:
    """Fork a process for each order that comes together on a line, and wait for all of them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for module in LOADED_LATE:
        import_module(module)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        made: list[tuple[int, Path]] = []
        for number, document in enumerate(json.loads(line)):
            order = Order(**{**document, "names": tuple(document["names"])})
            said = Path(order.home) / f"said-{number}.json"
            said.unlink(missing_ok=True)
            pid = os.fork()
            if pid == 0:
                try:
                    _child(order, said)
                finally:
                    os._exit(0)
            made.append((pid, said))
        answers = []
        for pid, said in made:
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            words = json.loads(said.read_text()) if code == 0 else {"code": code}
            answers.append({**words, "pid": pid})
        print(json.dumps(answers), flush=True)


class Nursery:
    """A running nursery."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def carry_out(self, *orders: Order) -> list[Answer]:
        """Have each order carried out by a process of its own, side by side."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([asdict(order) for order in orders]) + "\n")
        self._process.stdin.flush()
        return [Answer(**answer) for answer in json.loads(self._process.stdout.readline())]


@contextmanager
def a_nursery() -> Iterator[Nursery]:
    """Start a nursery, and end it."""
    argv = [sys.executable, "-m", "tests.lifecycle.nursery"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(argv, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    main()
