"""Skipping by evidence: what proves a stack up to date, and what takes that away."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.destroy import destroy
from infraops.commands.history import run_entries
from infraops.commands.ledger import verify
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.models.ledger.stations import ChildStarted, StationStarted
from infraops.models.runs.run import Outcome, RunResult
from tests.commands.estate import blueprint, make_estate, surroundings

ALL = Selection(environment="local")
THIRD = Selection(environment="local", names=("third",))


def estate(root: Path) -> Path:
    return make_estate(
        root,
        {
            "first": blueprint("first", parameters="{value: one}"),
            "second": blueprint("second", inputs="{follows: first.id}"),
            "third": blueprint("third"),
        },
    )


def proven(result: RunResult) -> set[str]:
    return {stack.stack.removeprefix("local/") for stack in result.stacks if stack.proven_by}


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_what_is_proven_starts_nothing(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path, ask=lambda _: pytest.fail("nothing is to be asked"))
    first = apply(ALL, surroundings(root, tmp_path))
    for again in (apply(ALL, around), plan(ALL, around)):
        assert again.outcome is Outcome.UNCHANGED
        assert proven(again) == {"first", "second", "third"}
        assert {stack.proven_by for stack in again.stacks} == {first.run}
        record, entries = run_entries(again.run, around)
        assert not any(isinstance(entry.payload, ChildStarted | StationStarted) for entry in entries)
        assert set(record.record.stacks.values()) == {Outcome.UNCHANGED}
    assert verify(around).ok


def test_refresh_looks_anyway(tmp_path: Path) -> None:
    around = surroundings(estate(tmp_path / "repo"), tmp_path)
    apply(ALL, around)
    for looked in (apply(ALL, around, refresh=True), plan(ALL, around, refresh=True)):
        assert proven(looked) == set()
        assert looked.outcome is Outcome.UNCHANGED
    assert proven(apply(ALL, around)) == {"first", "second", "third"}, "looking and finding nothing proves it anew"


MODULE, TEMPLATE = "catalog/trial/terraform/local/main.tf", "catalog/trial/template.yaml"
EVERY = {"first", "second", "third"}
CHANGES: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "a value": (lambda root: rewrite(root / "blueprints/first.yaml", "one", "two"), {"second", "third"}),
    "a comment": (lambda root: rewrite(root / "blueprints/first.yaml", "schema", "# why\nschema"), EVERY),
    "the module": (lambda root: rewrite(root / MODULE, "on purpose", "deliberately"), set()),
    "a file beside the module": (lambda root: write(root / "catalog/trial/terraform/local/x.txt", ""), set()),
    "the template's description": (lambda root: rewrite(root / TEMPLATE, "kept by", "held by"), set()),
    "another environment": (
        lambda root: write(
            root / "inventories/other/environment.yaml", "schema: infraops/v1\nname: other\nplatform: local\n"
        ),
        EVERY,
    ),
    "provider locks": (
        lambda root: write(root / "inventories/local/locks/third.terraform.lock.hcl", "# none\n"),
        {"first", "second"},
    ),
    "the Terraform program": (
        lambda root: write(root / "infraops.yaml", "schema: infraops/v1\nterraform: {program: terraform}\n"),
        set(),
    ),
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_a_reason_to_look_at_those_it_reaches(tmp_path: Path, what: str) -> None:
    if what == "the Terraform program" and not Path("/usr/local/bin/terraform").exists():
        pytest.skip("there is no second Terraform program on this machine")
    root = estate(tmp_path / "repo")
    apply(ALL, surroundings(root, tmp_path))
    change, still_proven = CHANGES[what]
    change(root)
    assert proven(plan(ALL, surroundings(root, tmp_path))) == still_proven


def test_a_new_value_of_an_input_is_a_reason_to_look(tmp_path: Path) -> None:
    around = surroundings(estate(tmp_path / "repo"), tmp_path)
    apply(ALL, around)
    apply(Selection(environment="local", names=("first",)), around, replace=("module.service.terraform_data.value",))
    after = apply(ALL, around)
    assert proven(after) == {"first", "third"}
    assert {stack.stack: stack.outcome for stack in after.stacks}["local/second"] is Outcome.DONE


def test_an_input_whose_value_stays_is_no_reason(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    rewrite(root / "blueprints/first.yaml", "one", "two")
    after = apply(ALL, around)
    assert proven(after) == {"second", "third"}, "`first` was updated in place and keeps its id"


def broken(root: Path) -> None:
    rewrite(root / "blueprints/third.yaml", "parameters: {}", "parameters: {broken: true}")


def test_a_plan_that_fails_touches_nothing_and_takes_no_evidence(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    before = (root / "blueprints/third.yaml").read_text()
    broken(root)
    assert apply(THIRD, around).outcome is Outcome.FAILED
    (root / "blueprints/third.yaml").write_text(before)
    assert proven(plan(ALL, around)) == EVERY


def test_a_destroyed_stack_is_not_proven(tmp_path: Path) -> None:
    around = surroundings(estate(tmp_path / "repo"), tmp_path)
    apply(ALL, around)
    destroy(THIRD, around)
    assert proven(plan(ALL, around)) == {"first", "second"}


def test_a_run_that_stops_short_of_verify_proves_nothing(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    rewrite(root / "blueprints/third.yaml", "parameters: {}", "parameters: {value: three}")
    apply(THIRD, around, until_station="provision")
    assert proven(plan(ALL, around)) == {"first", "second"}


def test_drift_shows_where_somebody_looks_and_is_remembered(tmp_path: Path) -> None:
    around = surroundings(estate(tmp_path / "repo"), tmp_path)
    apply(ALL, around)
    (state,) = tmp_path.glob(".local/state/infraops/*/terraform/local/third.tfstate")
    document = json.loads(state.read_text())
    (instance,) = document["resources"][0]["instances"]
    instance["attributes"]["triggers_replace"] = {"value": "something else", "type": "string"}
    state.write_text(json.dumps(document))
    assert proven(plan(ALL, around)) == EVERY
    assert plan(THIRD, around, refresh=True).changes_pending
    assert apply(THIRD, around, refresh=True).outcome is Outcome.DONE


def test_the_proof_of_another_checkout_says_nothing_of_a_state_that_is_kept_here(tmp_path: Path) -> None:
    """Both write to one ledger, as a team does, and each has local states of its own."""
    checkouts = [estate(tmp_path / name / "repo") for name in ("mine", "yours")]
    for root in checkouts:
        with (root / "infraops.yaml").open("a") as settings:
            settings.write(f"ledger: {tmp_path}/team.sqlite3\n")
    mine, yours = (surroundings(root, tmp_path) for root in checkouts)
    apply(ALL, mine)
    assert proven(plan(ALL, mine)) == EVERY
    assert proven(plan(ALL, yours)) == set()
