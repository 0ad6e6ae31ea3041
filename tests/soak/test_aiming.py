"""The aim of the soak is itself tried: on a run that ends, and on one that never comes to the station."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.aiming import LINE, Steps, stations_open, stop_at

WRITER = """
import pathlib, sys, time
run = pathlib.Path(sys.argv[1])
run.mkdir()
def add(line):
    with (run / "lab-front.log").open("a") as log:
        log.write(line + "\\n")
for station in sys.argv[2:]:
    add("== " + station)
    add("   something is said")
    time.sleep(0.003)
    add("== " + station + ": done in 0.0 s")
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier/lab-front.log").write_text("== verify\n")
    return tmp_path


def run_through(run: Path, *stations: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(run), *stations], text=True, stdout=subprocess.PIPE)


@pytest.mark.parametrize("station", LINE)
def test_a_run_is_stopped_at_a_station_that_takes_milliseconds(runs: Path, station: str) -> None:
    for number in range(20):  # a busy machine may let it run on for longer than a station takes
        steps = Steps(runs)
        process = run_through(runs / f"run-{number}", *LINE)
        stopped = stop_at(process, station, steps)
        was = stations_open(steps.look())
        process.kill()
        process.communicate()
        if stopped:
            assert was == {"lab-front": station}
            return
    pytest.fail(f"twenty runs, and none was stopped at {station}")


def test_a_run_that_never_comes_to_the_station_ends_by_itself(runs: Path) -> None:
    process = run_through(runs / "run", "validate", "render")
    assert not stop_at(process, "verify", Steps(runs))
    assert process.wait(10) == 0
    process.communicate()
