"""A state that is lost: nothing is built a second time, whoever asks, until somebody says that it is gone."""

import json
import shutil
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.destroy import destroy
from infraops.commands.drift import drift
from infraops.commands.forget import forget
from infraops.commands.plan import plan
from infraops.commands.review import review
from infraops.commands.selection.stacks import Selection
from infraops.errors import NotApproved
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import Failure, Outcome, RunResult
from tests.commands.estate import ENVIRONMENT, MODULE, blueprint, make_estate, surroundings
from tests.commands.test_forgetting import kept_at, states
from tests.commands.test_renaming import shell, state

__all__ = ["states"]

ALL = Selection(environment="local")
A = Selection(environment="local", names=("a",))
FILE = "catalog/trial/terraform/local/main.tf"
COUNTED = MODULE.replace('resource "terraform_data" "value" {', 'resource "terraform_data" "value" {\n  count = 1\n')
NONE = COUNTED.replace("count = 1", "count = 0").replace("terraform_data.value.id", "length(terraform_data.value)")


def estate(tmp_path: Path) -> tuple[Path, Surroundings]:
    """Apply `a`, `b` that takes an output of it, and `c` beside them."""
    blueprints = {"a": blueprint("a"), "b": blueprint("b", inputs="{follows: a.id}"), "c": blueprint("c")}
    root = make_estate(tmp_path / "repo", blueprints)
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).counts.create == 3
    return root, around


def failure_of(result: RunResult, stack: str = "local/a") -> Failure:
    (failure,) = [each.failure for each in result.stacks if each.stack == stack]
    assert failure is not None
    return failure


def test_what_the_ledger_knows_is_not_made_a_second_time(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    made = apply(ALL, around).stacks[0].proven_by
    kept = state(around, "a").read_bytes()
    state(around, "a").unlink()
    (root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: new}"))
    (root / "blueprints/c.yaml").write_text(blueprint("c", parameters="{value: new}"))

    for result in (plan(ALL, around), review(ALL, around).result, apply(ALL, around)):
        lost = failure_of(result)
        assert lost.exit_code == 1 and lost.station == "plan"
        assert str(state(around, "a")) in lost.doing
        assert f"it holds no resource, and run {made} of " in lost.problem
        assert "left 1 resource in it. What is there would be made a second time" in lost.problem
        assert "docs/recovery.md" in lost.hint and "infraops forget -e local a" in lost.hint
        assert {each.stack: each.outcome for each in result.stacks}["local/b"] is Outcome.BLOCKED
    assert not state(around, "a").exists()
    assert "new" in state(around, "c").read_text(), "others go on"

    state(around, "a").write_bytes(kept)
    assert apply(ALL, around).counts == Counts(update=1)


def test_an_operator_is_told_on_the_terminal(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    state(around, "a").unlink()
    shown = shell(root, tmp_path, "plan", "--refresh")
    assert shown.returncode == 1
    text = " ".join((shown.stdout + shown.stderr).split())
    assert "looking for the state of local/a" in text and "infraops forget -e local a" in text


def test_drift_and_destroy_do_not_pass_over_it(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    for name in ("a", "c"):
        state(around, name).unlink()
    found = drift(ALL, around)
    assert "it is lost" in failure_of(found).problem and "it is lost" in failure_of(found, "local/c").problem
    for _ in range(2):  # to have tried it makes nobody forget
        gone = destroy(Selection(environment="local", names=("c",)), around)
        assert "What is there would not be destroyed" in failure_of(gone, "local/c").problem
    assert "a second time" in failure_of(apply(ALL, around), "local/c").problem


def test_who_knows_that_it_is_gone_forgets_it(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    state(around, "a").unlink()
    with pytest.raises(NotApproved):
        forget(A, surroundings(root, tmp_path, ask=lambda _: False))
    assert failure_of(plan(A, around, refresh=True))
    said = shell(root, tmp_path, "forget", "-e", "local", "a", "--yes")
    text = " ".join((said.stdout + said.stderr).split())
    assert said.returncode == 0, text
    assert "1 to forget" in text and "(1 resource that run " in text and "left in a state that is lost)" in text
    assert forget(A, around).outcome is Outcome.UNCHANGED
    assert plan(A, around).counts == Counts(create=1)
    assert apply(ALL, around).outcome is Outcome.DONE
    state(around, "a").unlink()
    assert failure_of(plan(A, around, refresh=True)), "and is known again"


def test_a_state_of_old_that_was_looked_at_is_known(tmp_path: Path) -> None:
    """What another version or hand had applied: the run that found nothing to do takes down what is there."""
    _, around = estate(tmp_path)
    kept = state(around, "c").read_bytes()
    only = Selection(environment="local", names=("c",))
    forget(only, around)
    state(around, "c").write_bytes(kept)
    assert apply(only, around).outcome is Outcome.UNCHANGED
    state(around, "c").unlink()
    assert "left 1 resource in it" in failure_of(plan(only, around, refresh=True), "local/c").problem


def test_a_stack_that_held_nothing_grows_as_ever(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"a": blueprint("a")})
    around = surroundings(root, tmp_path)
    (root / FILE).write_text(NONE)
    assert apply(ALL, around).outcome is Outcome.DONE
    (root / FILE).write_text(MODULE)
    assert apply(ALL, around).counts == Counts(create=1)
    (root / FILE).write_text(NONE)
    assert apply(ALL, around).counts == Counts(delete=1)
    (root / FILE).write_text(MODULE)
    assert apply(ALL, around).counts == Counts(create=1)


def test_what_a_broken_apply_destroyed_is_made_anew(tmp_path: Path) -> None:
    """A replacement that came as far as the destroy leaves an empty state, and nobody is held up by that."""
    root, around = estate(tmp_path)
    (root / "blueprints/c.yaml").write_text(blueprint("c", parameters="{follows: other}"))
    fails = '  provisioner "local-exec" {\n    when    = create\n    command = "exit 1"\n  }\n'
    only = Selection(environment="local", names=("c",))
    (root / FILE).write_text(MODULE.replace("  lifecycle {", f"{fails}  lifecycle {{"))
    assert apply(only, around).outcome is Outcome.FAILED
    emptied = json.loads(state(around, "c").read_text())
    state(around, "c").write_text(json.dumps({**emptied, "resources": []}))
    (root / FILE).write_text(MODULE)
    assert apply(only, around).counts == Counts(create=1)


def test_what_was_destroyed_may_be_made_again(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    assert destroy(ALL, around).counts == Counts(delete=3)
    state(around, "a").unlink()
    assert apply(ALL, around).counts == Counts(create=3)


def test_what_somebody_took_out_by_hand_is_gone_on_purpose(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    only = Selection(environment="local", names=("c",))
    address = "module.service.terraform_data.value"
    failed = shell(root, tmp_path, "exec", "c", "--", "terraform", "state", "rm", "nothing.there")
    assert failed.returncode != 0
    kept = state(around, "c").read_bytes()
    state(around, "c").unlink()
    assert "it is lost" in failure_of(plan(only, around), "local/c").problem, "a command that failed says nothing"
    state(around, "c").write_bytes(kept)
    assert shell(root, tmp_path, "exec", "c", "--", "terraform", "state", "rm", address).returncode == 0
    assert plan(only, around).counts == Counts(create=1)


def test_a_renamed_stack_is_known_by_both_names(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    only = Selection(environment="local", names=("new",))
    (root / "blueprints/c.yaml").write_text(blueprint("new") + "moved_from: c\n")
    kept = state(around, "c").read_bytes()
    state(around, "c").unlink()
    assert "it is lost" in failure_of(plan(only, around), "local/new").problem
    assert forget(only, around).counts == Counts(forget=1)
    assert plan(only, around).counts == Counts(create=1), "under the new name it is gone as well"
    state(around, "c").write_bytes(kept)
    shutil.rmtree(root / ".infraops")
    assert apply(only, around).outcome is Outcome.DONE
    state(around, "new").unlink()
    assert "it is lost" in failure_of(plan(only, around, refresh=True), "local/new").problem
    (root / "blueprints/again.yaml").write_text(blueprint("c", parameters="{value: other}"))
    (root / "blueprints/c.yaml").write_text(blueprint("new"))
    assert plan(Selection(environment="local", names=("c",)), around).counts == Counts(create=1), "another stack"
    assert forget(only, around).counts == Counts(forget=1)
    assert plan(only, around).counts == Counts(create=1)


def test_a_state_on_another_machine_is_not_the_one_that_is_missed_here(tmp_path: Path) -> None:
    """A team shares the ledger; what each of them keeps on the own machine is not lost on another one."""
    ledger = f"ledger: {tmp_path}/shared.sqlite3\n"
    arounds = []
    for name in ("first", "second"):
        root = make_estate(tmp_path / name / "repo", {"a": blueprint("a")})
        (root / "infraops.yaml").write_text("schema: infraops/v1\n" + ledger)
        arounds.append(surroundings(root, tmp_path / name))
    first, second = arounds
    assert apply(ALL, first).counts == Counts(create=1)
    assert apply(ALL, second).counts == Counts(create=1)
    state(first, "a").unlink()
    assert "it is lost" in failure_of(plan(ALL, first)).problem


def test_a_state_elsewhere_that_was_lost_or_is_looked_for_elsewhere(
    tmp_path: Path, states: tuple[str, dict[str, bytes]]
) -> None:
    address, kept = states
    root = make_estate(tmp_path / "repo", {"a": blueprint("a")}, environment=kept_at(address))
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).counts == Counts(create=1)
    good = kept.pop("/a")
    refresh = shell(root, tmp_path, "plan", "--refresh")
    assert refresh.returncode == 1 and "in the backend http" in " ".join(refresh.stderr.split())
    assert "it is lost" in failure_of(drift(ALL, around)).problem
    file = root / "inventories/local/environment.yaml"
    kept["/a"] = good
    file.write_text(ENVIRONMENT)
    shutil.rmtree(root / ".infraops")  # as on a fresh runner: else Terraform itself says that the backend changed
    assert "it is lost" in failure_of(apply(ALL, around)).problem, "nobody moved it to where it is looked for now"
    file.write_text(kept_at(address))
    shutil.rmtree(root / ".infraops")
    kept["/a"] = json.dumps({**json.loads(good), "resources": [], "outputs": {}}).encode()
    assert "it is lost" in failure_of(destroy(ALL, around)).problem
    assert forget(A, around).counts == Counts(forget=1)
    assert apply(ALL, around).counts == Counts(create=1)
