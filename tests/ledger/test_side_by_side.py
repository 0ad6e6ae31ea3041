"""Several writers at once, and writers that are killed: one chain, always whole."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger, open_ledger
from infraops.ledger.claims import Claims
from infraops.ledger.open import utc_now
from infraops.ledger.sqlite import engine_for
from infraops.ledger.store import Store
from tests.ledger.trees import STACK, opened

WRITER = """
import sys
from infraops.ledger import Ledger, open_ledger
from infraops.ledger.open import utc_now
from infraops.ledger.sqlite import engine_for
from infraops.ledger.claims import Claims
from infraops.ledger.store import Store
path, name, count = sys.argv[1:]
with open_ledger(path) as ledger:
    for number in range(int(count)):
        ledger.station_started(name, "lab/web", f"station-{number}")
        print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_four_processes_make_the_file_together_and_never_fork_the_chain(path: Path) -> None:
    writers = [writer(path, f"w{number}", 50) for number in range(4)]
    assert [len(process.communicate(timeout=60)[0].split()) for process in writers] == [50] * 4
    assert [process.returncode for process in writers] == [0] * 4
    with opened(path) as ledger:
        found = ledger.verify()
        assert (found.ok, found.entries, found.why) == (True, 200, "")
        for number in range(4):
            stations = [entry.payload.station for entry in ledger.entries(run=f"w{number}")]  # type: ignore[union-attr]
            assert stations == [f"station-{each}" for each in range(50)]


def test_threads_share_one_ledger(path: Path) -> None:
    with open_ledger(path) as ledger, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: ledger.station_started(f"r{number}", STACK, "plan"), range(80)))
        found = ledger.verify()
        assert (found.ok, found.entries) == (True, 80)
        times = [entry.at for entry in ledger.entries()]
        assert times == sorted(times), "the clock is read inside the transaction"


def test_killed_at_any_instant_the_ledger_is_whole_and_holds_all_that_was_acknowledged(path: Path) -> None:
    open_ledger(path).close()
    for round_, patience in enumerate((0.0, 0.003, 0.011, 0.017, 0.029)):
        process = writer(path, f"k{round_}", 100_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(patience)
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = 1 + len(process.stdout.read().splitlines())
        process.wait()
        process.stdout.close()
        with opened(path) as ledger:
            assert ledger.verify().ok
            written = len(ledger.entries(run=f"k{round_}"))
            assert acknowledged <= written <= acknowledged + 1
            ledger.station_started("after", STACK, "plan")
            assert ledger.verify().ok


def test_readers_do_not_wait_for_a_writer(path: Path) -> None:
    with opened(path) as ledger:
        ledger.station_started("r1", STACK, "plan")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert len(ledger.entries()) == 1
            assert ledger.verify().ok


def test_a_writer_that_is_kept_waiting_too_long_says_so(path: Path) -> None:
    opened(path).close()
    engine = engine_for(path, busy_seconds=0.05)
    impatient = Store(engine, "ledger.sqlite3")
    with (
        Ledger(impatient, Claims(engine, "x"), utc_now) as ledger,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InfraOpsError, match="database is locked") as caught:
            ledger.station_started("r1", STACK, "plan")
        assert "another process" in caught.value.hint
        other.execute("ROLLBACK")
        assert ledger.station_started("r1", STACK, "plan").seq == 1
