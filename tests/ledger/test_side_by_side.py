"""Several writers at once, and writers that are killed: one chain, always whole."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger, open_ledger
from infraops.ledger.claims import Claims
from infraops.ledger.open import utc_now
from infraops.ledger.store import Store
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.stations import StationStarted
from tests.ledger.places import InFile, Place
from tests.ledger.trees import NOON, STACK, apply, opened

WRITER = """
import sys
from infraops.ledger import open_ledger
from infraops.models.ledger.stations import StationStarted
location, name, count = sys.argv[1:]
with open_ledger(location) as ledger:
    for number in range(int(count)):
        ledger.append(StationStarted(f"station-{number}"), run=name, stack="lab/web")
        print(number, flush=True)
"""


def writer(place: Place, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, place.location, name, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_a_ledger_file_that_another_is_about_to_write_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself refuses at once to switch such a file to write-ahead logging."""
    place = InFile(tmp_path / "ledger.sqlite3")
    place.execute("CREATE TABLE somebody (x)")
    writing, let_go = threading.Event(), threading.Event()

    def write() -> None:
        with place.writer_at_work():
            writing.set()
            let_go.wait(timeout=30)

    with ThreadPoolExecutor(2) as pool:
        writer_of_it = pool.submit(write)
        writing.wait(timeout=30)
        settling = pool.submit(place.database().settle)
        time.sleep(0.2)
        assert not settling.done()
        let_go.set()
        writer_of_it.result(timeout=30)
        settling.result(timeout=30)
    assert place.execute("PRAGMA journal_mode") == [("wal",)]
    other = InFile(tmp_path / "other.sqlite3")
    other.execute("CREATE TABLE somebody (x)")
    with other.writer_at_work(), pytest.raises(InfraOpsError, match="opening the ledger"):
        other.database(patience=0.0).settle()


def test_four_processes_make_the_ledger_together_and_never_fork_the_chain(bare_place: Place) -> None:
    writers = [writer(bare_place, f"w{number}", 50) for number in range(4)]
    assert [len(process.communicate(timeout=300)[0].split()) for process in writers] == [50] * 4
    assert [process.returncode for process in writers] == [0] * 4
    with opened(bare_place.location) as ledger:
        found = ledger.verify()
        assert (found.ok, found.entries, found.why) == (True, 200, "")
        for number in range(4):
            stations = [entry.payload.station for entry in ledger.entries(run=f"w{number}")]  # type: ignore[union-attr]
            assert stations == [f"station-{each}" for each in range(50)]


def test_threads_share_one_ledger(place: Place) -> None:
    with open_ledger(place.location) as ledger, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: ledger.append(StationStarted("plan"), run=f"r{number}", stack=STACK), range(80)))
        found = ledger.verify()
        assert (found.ok, found.entries) == (True, 80)
        times = [entry.at for entry in ledger.entries()]
        assert times == sorted(times), "the clock is read inside the transaction"


def test_killed_at_any_instant_the_ledger_is_whole_and_holds_all_that_was_acknowledged(place: Place) -> None:
    open_ledger(place.location).close()
    for round_, patience in enumerate((0.0, 0.003, 0.011, 0.017, 0.029)):
        process = writer(place, f"k{round_}", 100_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(patience)
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = 1 + len(process.stdout.read().splitlines())
        process.wait()
        process.stdout.close()
        with opened(place.location) as ledger:
            assert ledger.verify().ok
            written = len(ledger.entries(run=f"k{round_}"))
            assert acknowledged <= written <= acknowledged + 1
            ledger.append(StationStarted("plan"), run="after", stack=STACK)
            assert ledger.verify().ok


def test_readers_do_not_wait_for_a_writer(place: Place) -> None:
    with opened(place.location) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        with place.writer_at_work():
            assert len(ledger.entries()) == 1
            assert ledger.verify().ok
            with opened(place.location) as another:
                assert another.verify().ok


def test_a_writer_that_is_kept_waiting_too_long_says_so(place: Place) -> None:
    opened(place.location).close()
    impatient = place.database(patience=0.05)
    with Ledger(Store(impatient), Claims(impatient), utc_now) as ledger:
        with place.writer_at_work(), pytest.raises(InfraOpsError, match=place.busy) as caught:
            ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        assert "another process" in caught.value.hint
        assert ledger.append(StationStarted("plan"), run="r1", stack=STACK).seq == 1


def test_a_check_of_the_ledger_beside_writers_sees_one_moment_of_it(place: Place) -> None:
    """Else a stack that is proven between two looks counts as a forged proof."""
    with opened(place.location) as ledger, ThreadPoolExecutor(1) as pool:
        busy = threading.Event()

        def prove_and_void() -> None:
            for number in range(25):
                apply(ledger, f"r{number}")
            busy.set()

        work = pool.submit(prove_and_void)
        with opened(place.location) as other:
            while not busy.is_set() and not work.done():
                assert other.verify().why == ""
        work.result()


def test_only_one_run_gets_a_stack(place: Place) -> None:
    owners = [Owner(f"r{number}", "desk", "boot", number, number, NOON) for number in range(8)]
    with opened(place.location) as ledger, ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda owner: ledger.claims.take(STACK, owner), owners))
        (winner,) = [owner for owner, other in zip(owners, held, strict=True) if other is None]
        assert {other for other in held if other is not None} == {winner}
        assert ledger.claims.all() == {STACK: winner}
        loser = owners[owners.index(winner) - 1]
        assert not ledger.claims.take_over(STACK, before=loser, owner=loser)
        assert ledger.claims.take_over(STACK, before=winner, owner=loser)
        ledger.claims.release(winner.run)
        assert ledger.claims.take(STACK, winner) == loser
        ledger.claims.release(loser.run)
        assert ledger.claims.all() == {}
