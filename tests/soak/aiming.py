"""Stopping a run at a wanted station, however short it is: near it, the run is let go for a millisecond at a time."""

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

LINE = ("validate", "render", "plan", "assess", "provision", "configure", "verify")
STEP = 0.001  # seconds; shorter than the two commits that frame the shortest station
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


def stop_at(process: subprocess.Popen[str], station: str, watch: Watch) -> bool:
    """Let a run go until a stack of it is at the station, and stop it there; False if it ended before.

    The run itself is stopped and not what it has started. A killer finds it where the ledger says that it is.
    """
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        assert time.monotonic() < deadline, f"nothing ever came to {station}"
        if not _is_near(station, watch.look()):
            time.sleep(LOOK)
            continue
        os.kill(process.pid, signal.SIGSTOP)
        ended = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if ended is None or ended.si_code != os.CLD_STOPPED:
            return False
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)  # takes the news, so that the next stop is news again
        if station in stations_open(watch.look()).values():
            return True
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(STEP)
    return False


def stations_open(entries: Entries) -> dict[str, str]:
    """Tell at which station each stack is: started, and not ended."""
    open_ones: dict[str, str] = {}
    for kind, stack, payload in entries:
        if kind == "station_started":
            open_ones[stack] = next(station for station in (*LINE, "approve") if f'"{station}"' in payload)
        elif kind == "station_ended":
            open_ones.pop(stack, None)
    return open_ones


def _is_near(station: str, entries: Entries) -> bool:
    """Whether the run has begun, and some stack with the station before the wanted one."""
    before = LINE[LINE.index(station) - 1] if station != LINE[0] else ""
    return any(
        kind == "run_started" if not before else kind == "station_started" and f'"{before}"' in payload
        for kind, _, payload in entries
    )
