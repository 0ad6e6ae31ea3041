"""The aim of the soak is itself tried: on a run that ends, and on one that never comes to the station."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.soak.aiming import LINE, Watch, stations_open, stop_at

WRITER = """
import sqlite3, sys, time
ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
def add(kind, stack="", payload=""):
    ledger.execute("INSERT INTO entries (kind, stack, payload) VALUES (?, ?, ?)", (kind, stack, payload))
add("run_started")
for station in sys.argv[2:]:
    add("station_started", "lab/front", '{"station":"%s"}' % station)
    time.sleep(0.003)
    add("station_ended", "lab/front", '{"station":"%s"}' % station)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    file = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, kind TEXT, stack TEXT, payload TEXT)")
        made.execute("INSERT INTO entries (kind, stack, payload) VALUES ('station_started', 'lab/front', '\"verify\"')")
        made.commit()
    return file


def run_through(ledger: Path, *stations: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(ledger), *stations], text=True, stdout=subprocess.PIPE)


@pytest.mark.parametrize("station", LINE)
def test_a_run_is_stopped_at_a_station_that_takes_milliseconds(ledger: Path, station: str) -> None:
    for _ in range(20):  # a busy machine may let it run on for longer than a station takes
        with closing(Watch(ledger)) as watch:
            process = run_through(ledger, *LINE)
            stopped = stop_at(process, station, watch)
            was = stations_open(watch.look())
            process.kill()
            process.communicate()
            assert watch.look_anew()[:1] == [("run_started", "", "")], "what an earlier run did is not seen"
        if stopped:
            assert was == {"lab/front": station}
            return
    pytest.fail(f"twenty runs, and none was stopped at {station}")


def test_a_run_that_never_comes_to_the_station_ends_by_itself(ledger: Path) -> None:
    with closing(Watch(ledger)) as watch:
        process = run_through(ledger, "validate", "render")
        assert not stop_at(process, "verify", watch)
        assert process.wait(10) == 0
        process.communicate()
