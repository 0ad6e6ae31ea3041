"""Stopping a run at a wanted station, however short it is: near it, the run is let go for a millisecond at a time."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

LINE = ("validate", "render", "plan", "assess", "provision", "configure", "verify")
STEP = 0.001  # seconds; the shortest station takes about as long
LOOK = 0.002
PATIENCE = 60.0

Entries = list[tuple[str, str, str]]  # kind, stack, payload


class Watch:
    """Tells which entries a ledger's file was given since the watch began, oldest first.

    It keeps one connection that only reads, because opening one takes longer than a short station.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ledger = self._connect()
        (self._since,) = self._ledger.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)

    def look(self) -> Entries:
        """Return what was added so far; nothing while the run is just making its write-ahead log."""
        query = "SELECT kind, stack, payload FROM entries WHERE seq > ? ORDER BY seq"
        try:
            return self._ledger.execute(query, (self._since,)).fetchall()
        except sqlite3.OperationalError:
            return []

    def look_anew(self) -> Entries:
        """Return the same by a new connection, which knows only what is in the files."""
        self._ledger.close()
        self._ledger = self._connect()
        return self.look()

    def close(self) -> None:
        """Let go of the file."""
        self._ledger.close()


class Steps:
    """Tells from the logs of a run at which stations its stacks are; the ledger hears of the brief ones later."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._before = frozenset(runs.glob("*"))

    @property
    def begun(self) -> bool:
        """Whether a run has begun since."""
        return any(self._directories())

    def look(self) -> dict[str, list[str]]:
        """Return the lines about stations, by stack."""
        return {stack: lines for directory in self._directories() for stack, lines in logs_of(directory).items()}

    def _directories(self) -> Iterator[Path]:
        return (directory for directory in self._runs.glob("*") if directory not in self._before)


def stop_at(process: subprocess.Popen[str], station: str, steps: Steps) -> bool:
    """Let a run go until a stack of it is at the station, and stop it there; False if it ended before.

    The run itself is stopped and not what it has started. A killer finds it where the logs say that it is.
    """
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        assert time.monotonic() < deadline, f"nothing ever came to {station}"
        if not _is_near(station, steps):
            time.sleep(LOOK)
            continue
        os.kill(process.pid, signal.SIGSTOP)
        ended = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if ended is None or ended.si_code != os.CLD_STOPPED:
            return False
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)  # takes the news, so that the next stop is news again
        if station in stations_open(steps.look()).values():
            return True
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(STEP)
    return False


def logs_of(run: Path) -> dict[str, list[str]]:
    """Return what the logs in a run's directory say of stations, by stack."""
    logs = {log.stem: log.read_text().splitlines() for log in run.glob("*.log")}
    return {stack: [line for line in lines if line.startswith("== ")] for stack, lines in logs.items()}


def stations_open(logs: dict[str, list[str]]) -> dict[str, str]:
    """Tell at which station each stack is: started, and not ended."""
    last = {stack: lines[-1].removeprefix("== ") for stack, lines in logs.items() if lines}
    return {stack: line for stack, line in last.items() if ":" not in line}


def _is_near(station: str, steps: Steps) -> bool:
    """Whether the run has begun, and some stack with the station before the wanted one."""
    if station == LINE[0]:
        return steps.begun
    before = LINE[LINE.index(station) - 1]
    return any(line.startswith(f"== {before}") for lines in steps.look().values() for line in lines)
