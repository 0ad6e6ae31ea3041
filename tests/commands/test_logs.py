"""Which run's logs are shown where none is named."""

import os
from pathlib import Path

import pytest

from infraops.commands.logs import logs
from tests.commands.estate import blueprint, make_estate, surroundings


@pytest.mark.parametrize("names", [("ffff", "0000"), ("0000", "ffff")])
def test_of_two_runs_that_began_within_a_second_the_later_is_the_newest(tmp_path: Path, names: tuple[str, str]) -> None:
    root = make_estate(tmp_path / "repo", {"one": blueprint("one")})
    runs = [root / ".infraops/runs" / f"20261122-101500-{name}" for name in names]
    for run in (root / ".infraops/runs/20261122-101459-8888", *runs):
        run.mkdir(parents=True)
        (run / "local-one.log").write_text(f"{run.name}\n")
    for second, run in enumerate(runs):
        os.utime(run, (second, second))
    assert logs(surroundings(root, tmp_path)).run == runs[-1].name
