"""Stacks whose blueprint has left the repository."""

from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.destroy import destroy
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.commands.status import status
from infraops.errors import UsageError
from infraops.models.runs.run import Outcome
from infraops.tools.terraform.state.leftovers import module_without_resources
from tests.commands.estate import ENVIRONMENT, TEMPLATE, blueprint, make_estate, surroundings

ALL = Selection(environment="local")
ORPHANS = Selection(environment="local", orphans=True)


def estate(root: Path) -> Path:
    names = {"keep": blueprint("keep"), "first": blueprint("first")}
    return make_estate(root, {**names, "second": blueprint("second", inputs="{follows: first.id}")})


def test_a_stack_without_a_blueprint_is_shown_and_can_be_destroyed(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).orphans == ()
    for name in ("first", "second"):
        (root / f"blueprints/{name}.yaml").unlink()
    left = plan(ALL, around)
    assert [stack.stack for stack in left.stacks] == ["local/keep"]
    assert left.orphans == ("local/first", "local/second")
    assert apply(ALL, around).orphans == left.orphans
    standing = {each.stack: (each.orphan, each.template) for each in status(ALL, around).stacks}
    assert standing["local/keep"] == (False, "trial@1.0")
    assert standing["local/second"] == (True, "trial@1.0")

    gone = destroy(Selection(environment="local", names=("sec*",), orphans=True), around)
    assert [(stack.stack, stack.outcome) for stack in gone.stacks] == [("local/second", Outcome.DONE)]
    assert gone.orphans == ("local/first",)
    assert destroy(ORPHANS, around).counts.delete == 1
    with pytest.raises(UsageError, match="has its blueprint"):
        destroy(ORPHANS, around)
    assert plan(ALL, around, refresh=True).counts.total == 0


def test_orphans_that_need_each_other_go_in_reverse_order(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    for name in ("first", "second"):
        (root / f"blueprints/{name}.yaml").unlink()
    result = destroy(ORPHANS, around)
    provision = {s.stack: next(r.begun for r in s.stations if r.station == "provision") for s in result.stacks}
    assert provision["local/second"] < provision["local/first"]


def test_one_that_left_only_this_environment_is_an_orphan_too(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    other = root / "inventories/other/environment.yaml"
    other.parent.mkdir()
    other.write_text(ENVIRONMENT.replace("name: local", "name: other"))
    file = root / "blueprints/keep.yaml"
    file.write_text(file.read_text().replace("local: {}", "other: {}"))
    assert plan(Selection(environment="local"), around).orphans == ("local/keep",)
    assert plan(Selection(environment="other"), around).orphans == ()


@pytest.mark.parametrize("card", ["it says so", "it is lost"])
def test_an_orphan_that_holds_data_is_protected(tmp_path: Path, card: str) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    if card == "it says so":
        (root / "catalog/trial/template.yaml").write_text(TEMPLATE + "protected: true\n")
    apply(ALL, around)
    (root / "blueprints/keep.yaml").unlink()
    if card == "it is lost":
        for file in tmp_path.rglob("*.card.json"):
            file.unlink()
    (refused,) = destroy(ORPHANS, around).stacks
    assert refused.failure is not None
    assert refused.failure.exit_code == 4
    (root / "inventories/local/environment.yaml").write_text(ENVIRONMENT + "change: {protect_data: false}\n")
    assert destroy(ORPHANS, around).counts.delete == 1


def test_what_is_left_of_a_module_names_its_providers() -> None:
    assert module_without_resources(("infraops.local/infraops/lab", "example.com/acme/random")) == (
        "terraform {\n  required_providers {\n"
        '    lab    = { source = "infraops.local/infraops/lab" }\n'
        '    random = { source = "example.com/acme/random" }\n'
        "  }\n}\n"
    )
    assert "required_providers" not in module_without_resources(())
