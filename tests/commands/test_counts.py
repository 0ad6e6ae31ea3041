"""What commands cost, counted: files, processes, queries and texts composed grow with the change, not with the estate.

The figures in `benchmarks/RESULTS.md` belong to a machine; what is behind them is held here.
"""

import subprocess
from pathlib import Path

import pytest

from tests.commands.estate import blueprint, make_estate
from tests.counting import Counts, count

FEW, MANY = 10, 20
ALWAYS = 2  # infraops.yaml and environment.yaml may hold passwords: they are composed each time
APPLY = ("apply", "-e", "local", "--yes", "--parallelism", "2")


class Estate:
    def __init__(self, directory: Path, stacks: int) -> None:
        names = [f"s{number:02}" for number in range(stacks)]
        self.root = make_estate(directory / "repo", {name: blueprint(name) for name in names})
        self.home = directory / "home"
        self.stacks = stacks
        self._changes = 0

    def count(self, *words: str) -> Counts:
        return count(self.root, self.home, *words)

    def change(self) -> None:
        self._changes += 1
        text = blueprint("s00", parameters=f"{{value: change {self._changes}}}")
        (self.root / "blueprints/s00.yaml").write_text(text)

    def commit(self) -> None:
        (self.root / ".gitignore").write_text(".infraops/\n")
        git = ["git", "-c", "user.name=team", "-c", "user.email=team@example.com"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "estate"]):
            subprocess.run([*git, *words], cwd=self.root, check=True)


@pytest.fixture
def estates(tmp_path: Path) -> tuple[Estate, Estate]:
    return Estate(tmp_path / "few", FEW), Estate(tmp_path / "many", MANY)


def test_the_first_render_composes_and_writes_everything(estates: tuple[Estate, Estate]) -> None:
    """Shows that the counting counts: the other tests here are about numbers that do not grow."""
    few, many = (estate.count("render") for estate in estates)
    assert many.composed - few.composed == MANY - FEW
    assert len(few.below(".infraops/stacks")) == 2 * FEW
    assert len(many.below(".infraops/stacks")) == 2 * MANY


def test_rendering_what_has_not_changed_composes_and_writes_nothing(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:
        estate.count("render")
        again = estate.count("render")
        assert again.written == []
        assert again.composed == ALWAYS
        assert sum(path.startswith("blueprints/") for path in again.read) == estate.stacks, "each is read, and once"
        assert again.processes == again.queries == []


def test_one_change_composes_one_text_and_writes_one_file(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:
        estate.count("render")
        estate.change()
        changed = estate.count("render")
        assert changed.composed == ALWAYS + 1
        assert [Path(path).parent.name for path in changed.written] == ["s00"]
        estate.change()
        alone = estate.count("render", "s00")
        assert alone.composed == ALWAYS + 1
        assert {path for path in alone.read if path.startswith(".infraops/stacks")} == {
            f".infraops/stacks/local/s00/{name}" for name in ("main.tf", "terraform.tfvars.json")
        }


def test_validate_reads_each_file_once_and_writes_none(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:
        for composed in (None, ALWAYS):
            counted = estate.count("validate")
            assert counted.written == counted.processes == counted.queries == []
            assert len(counted.read) == len(set(counted.read)), counted.read
            assert composed in (None, counted.composed)


@pytest.mark.slow
def test_applying_costs_as_much_as_has_changed(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:
        estate.count(*APPLY)
    few, many = (estate.count(*APPLY) for estate in estates)
    assert len(many.queries) == len(few.queries) < 30
    assert few.processes == many.processes
    assert all(process.startswith("['git',") for process in many.processes), "no Terraform"
    for unchanged in (few, many):
        assert unchanged.composed == ALWAYS
        assert sorted(unchanged.written) == unchanged.below(".infraops/runs")
        assert len(unchanged.written) == 2, "the report, in both its forms"
    for estate in estates:
        estate.change()
    few, many = (estate.count(*APPLY) for estate in estates)
    assert len(many.queries) == len(few.queries)
    assert len(many.processes) == len(few.processes)
    assert len(many.written) == len(few.written)
    for changed in (few, many):
        assert changed.composed == ALWAYS + 1
        assert {path.split("/")[3] for path in changed.below(".infraops/stacks")} == {"s00"}


def test_looking_for_changes_composes_only_what_differs(estates: tuple[Estate, Estate]) -> None:
    since = ("plan", "-e", "local", "--changed-since", "HEAD")
    for estate in estates:
        estate.commit()
        estate.count("render")
        estate.change()
    few, many = (estate.count(*since) for estate in estates)
    for changed in (few, many):
        assert changed.composed == 2 * ALWAYS + 2, "the settings, the environment and one blueprint, now and then"
    assert len(many.processes) == len(few.processes)
    assert len(many.queries) == len(few.queries)


def test_planning_a_stack_takes_few_transactions_and_none_waits_for_the_disk(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:
        estate.count("review", "-e", "local", "--parallelism", "1")  # makes the ledger
    few, many = (estate.count("review", "-e", "local", "--parallelism", "1") for estate in estates)
    # Two stations that are not brief, the claim, one worker for two Terraform commands, and the end of its way.
    assert many.queries.count("BEGIN IMMEDIATE") - few.queries.count("BEGIN IMMEDIATE") == 5 * (MANY - FEW)
    assert many.queries.count("PRAGMA synchronous = FULL") == few.queries.count("PRAGMA synchronous = FULL")
    reading = [counted.queries.count("BEGIN") for counted in (few, many)]
    assert reading[0] == reading[1], "nothing is asked for each stack"
