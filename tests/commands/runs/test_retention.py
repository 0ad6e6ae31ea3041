"""Old runs go; what anybody may still need stays, and nothing else is touched."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infraops.commands.plan import plan
from infraops.commands.runs.retention import remove_old_runs
from infraops.commands.selection.stacks import Selection
from infraops.ledger.ledger import Ledger
from infraops.ledger.open import open_ledger
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.runs import RunStarted
from infraops.processes import identify
from tests.commands.estate import blueprint, make_estate, surroundings

AT = datetime(2026, 1, 1, tzinfo=UTC)


def name(number: int) -> str:
    return f"20260101-{number:06d}-abcd"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "ledger.sqlite3", clock=lambda: AT)
    yield opened
    opened.close()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return make_runs(tmp_path.resolve() / "runs", 6)


def make_runs(directory: Path, count: int) -> Path:
    for number in range(count):
        (directory / name(number)).mkdir(parents=True)
        (directory / name(number) / "local-a.log").write_text("said")
    return directory


def left(runs: Path) -> list[str]:
    return sorted(path.name for path in runs.iterdir())


def test_the_newest_stay(runs: Path, ledger: Ledger) -> None:
    assert remove_old_runs(runs, ledger, keep=2, current=name(5)) == ()
    assert left(runs) == [name(4), name(5)]
    assert (runs / name(5) / "local-a.log").is_file()


def test_of_runs_that_began_in_one_second_the_current_is_the_newest(runs: Path, ledger: Ledger) -> None:
    remove_old_runs(runs, ledger, keep=2, current=name(3))
    assert left(runs) == [name(3), name(5)]


def test_the_current_run_those_that_hold_a_stack_and_those_at_work_stay(runs: Path, ledger: Ledger) -> None:
    ledger.claims.take("lab/a", Owner(name(1), "elsewhere", "", 1, 1, AT))
    me = identify(os.getpid())
    assert me is not None
    ledger.append(RunStarted("plan", "me", socket.gethostname(), me.pid, me.started), run=name(2))
    ledger.append(RunStarted("plan", "me", socket.gethostname(), me.pid, me.started + 1), run=name(3))
    remove_old_runs(runs, ledger, keep=2, current=name(0))
    assert left(runs) == [name(0), name(1), name(2), name(5)], "the process of the fourth is gone"


def test_links_are_not_followed_and_what_is_no_run_stays(runs: Path, ledger: Ledger, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("kept")
    (runs / "20250101-000000-abcd").symlink_to(outside)
    (runs / name(0) / "link").symlink_to(outside)
    (runs / "notes").mkdir()
    (runs / "20250101-000001-abcd").write_text("a file")
    remove_old_runs(runs, ledger, keep=1, current=name(5))
    assert left(runs) == ["20250101-000000-abcd", "20250101-000001-abcd", name(5), "notes"]
    assert (outside / "precious").read_text() == "kept"


def test_nothing_goes_where_the_directory_itself_is_a_link(runs: Path, ledger: Ledger, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(runs)
    remove_old_runs(link, ledger, keep=1, current=name(5))
    assert len(left(runs)) == 6


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=25
)
@given(st.integers(0, 8), st.integers(1, 9), st.integers(0, 8))
def test_as_many_stay_as_were_asked_for(
    tmp_path_factory: pytest.TempPathFactory, ledger: Ledger, count: int, keep: int, current: int
) -> None:
    runs = make_runs(tmp_path_factory.mktemp("repo").resolve() / "runs", count)
    runs.mkdir(exist_ok=True)
    expected = sorted(range(count), key=lambda number: (number == current, number))[-keep:]
    remove_old_runs(runs, ledger, keep=keep, current=name(current))
    assert left(runs) == sorted(name(number) for number in expected)


def test_every_run_removes_what_the_settings_do_not_keep(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"first": blueprint("first")})
    (root / "infraops.yaml").write_text("schema: infraops/v1\ndefaults: {keep_runs: 2}\n")
    made = [plan(Selection(environment="local"), surroundings(root, tmp_path)).run for _ in range(3)]
    assert made[-1] in left(root / ".infraops/runs")
    assert len(left(root / ".infraops/runs")) == 2
