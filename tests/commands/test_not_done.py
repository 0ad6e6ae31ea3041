"""A run that did not do what it was asked to never says so, and counts what was done instead of what was planned."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.destroy import destroy
from infraops.commands.history import history
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import Outcome
from infraops.stations.bench.job import Question
from infraops.views.documents import run_document
from tests.commands.estate import blueprint, make_estate, surroundings

ALL = Selection(environment="local")
STACKS = {"one": blueprint("one"), "two": blueprint("two")}


def asked(root: Path, answer: Callable[[Question], bool]) -> Surroundings:
    return surroundings(root, root.parent, ask=answer)


def test_a_run_that_was_interrupted_and_then_told_yes_did_nothing(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", STACKS)
    apply(ALL, surroundings(root, tmp_path))

    def yes_too_late(question: Question) -> bool:
        around.children.interrupt()
        return True

    around = asked(root, yes_too_late)
    result = destroy(ALL, around)
    assert result.outcome is Outcome.INTERRUPTED
    assert [stack.outcome for stack in result.stacks] == [Outcome.INTERRUPTED] * 2
    assert exit_code_of(result) == 130
    assert result.counts == Counts(), "two were planned to go, and none went"
    assert history(around)[0].verdict == "interrupted"


def test_what_failed_on_the_way_is_not_counted(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", STACKS)
    module = root / "catalog/trial/terraform/local/main.tf"
    fails = 'provisioner "local-exec" {\n    command = var.value == "bad" ? "false" : "true"\n  }\n\n  lifecycle'
    module.write_text(module.read_text().replace("lifecycle", fails))
    (root / "blueprints/two.yaml").write_text(blueprint("two", parameters="{value: bad}"))
    result = apply(ALL, surroundings(root, tmp_path))
    assert [stack.outcome for stack in result.stacks] == [Outcome.DONE, Outcome.FAILED]
    assert [result.counts_of(stack) for stack in result.stacks] == [Counts(create=1), None]
    assert result.counts == Counts(create=1)


def test_a_run_that_acts_on_nothing_counts_what_is_planned(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", STACKS)
    result = apply(ALL, surroundings(root, tmp_path), until_station="plan")
    assert result.outcome is Outcome.DONE
    assert result.counts == Counts(create=2)


def test_the_time_is_told_without_that_of_the_question(tmp_path: Path) -> None:
    slept = 0.0
    root = make_estate(tmp_path / "repo", {"one": blueprint("one")})

    def hesitate(question: Question) -> bool:
        nonlocal slept
        begun = time.monotonic()
        time.sleep(1)
        slept = time.monotonic() - begun
        return True

    begun = time.monotonic()
    result = apply(ALL, asked(root, hesitate))
    whole = time.monotonic() - begun
    assert 1 <= slept <= result.waited
    assert result.seconds <= whole - slept
    assert run_document(result)["waited"] == round(result.waited, 3)


def test_a_bug_in_the_middle_of_a_run_ends_it_in_the_record(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", STACKS)

    def break_down(question: Question) -> bool:
        raise RuntimeError("a bug")

    around = asked(root, break_down)
    with pytest.raises(RuntimeError):
        apply(ALL, around)
    (run,) = history(around)
    assert (run.verdict, run.record.exit_code) == ("failed", 3)
