"""Destroying what deployed stacks outside the run still need."""

from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.destroy import destroy
from infraops.commands.plan import plan
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.errors import Denied, Exit
from infraops.models.runs.run import Outcome, RunResult
from tests.commands.estate import blueprint, make_estate, surroundings

ALL = Selection(environment="local")
BASE = Selection(environment="local", names=("base",))


def estate(root: Path) -> Path:
    return make_estate(
        root,
        {
            "base": blueprint("base"),
            "by-input": blueprint("by-input", inputs="{follows: base.id}"),
            "by-order": blueprint("by-order", depends_on="[base]"),
            "lone": blueprint("lone"),
        },
    )


def problem(result: RunResult) -> tuple[str, str]:
    (failure,) = [stack.failure for stack in result.stacks if stack.failure is not None]
    assert failure.exit_code == Exit.DENIED
    return failure.problem, failure.hint


def test_what_others_need_stays(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    for result in (plan(BASE, around, destroy=True), destroy(BASE, around)):
        assert exit_code_of(result) == Exit.DENIED
        what, hint = problem(result)
        assert what == "local/by-input, local/by-order still need it"
        assert "`infraops destroy -e local by-input by-order`" in hint
        assert "--with-dependents" in hint
    assert plan(ALL, around, refresh=True).counts.total == 0


def test_nothing_goes_where_something_has_to_stay(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    with pytest.raises(Denied) as refused:
        destroy(Selection(environment="local", names=("base", "lone")), around)
    assert "so nothing was: local/base: local/by-input, local/by-order still need it" in refused.value.problem
    assert "the others alone: `infraops destroy -e local lone`" in refused.value.hint
    assert plan(ALL, around, refresh=True).counts.total == 0
    assert destroy(Selection(environment="local", names=("lone",)), around).counts.delete == 1


def test_with_those_that_need_it_or_after_them_it_goes(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    destroy(Selection(environment="local", names=("by-input",)), around)
    assert problem(destroy(BASE, around))[0] == "local/by-order still needs it"
    gone = destroy(Selection(environment="local", names=("base",), with_dependents=True), around)
    assert gone.outcome is Outcome.DONE
    assert gone.counts.delete == 2


def test_one_that_was_never_applied_needs_nothing(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(BASE, around)
    assert destroy(BASE, around).counts.delete == 1


def test_an_orphan_still_needs_what_it_was_made_with(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    for name in ("by-input", "by-order"):
        (root / f"blueprints/{name}.yaml").unlink()
    what, hint = problem(destroy(BASE, around))
    assert what == "local/by-input, local/by-order still need it"
    assert hint == "destroy them first (`infraops destroy -e local --orphans`)"


@pytest.mark.parametrize("gone", ["base", "by-order"])
def test_orphans_need_each_other_too(tmp_path: Path, gone: str) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    for name in ("base", "by-input", "by-order"):
        (root / f"blueprints/{name}.yaml").unlink()
    result = destroy(Selection(environment="local", names=(gone,), orphans=True), around)
    assert result.outcome is (Outcome.FAILED if gone == "base" else Outcome.DONE)
