"""What may not be destroyed is told first: nothing is destroyed where something of the run has to stay."""

from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.destroy import destroy
from infraops.commands.history import history, run_entries
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.errors import Denied
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import Outcome
from tests.commands.estate import MODULE, TEMPLATE, blueprint, make_estate, surroundings
from tests.commands.test_renaming import shell, state

ALL = Selection(environment="local")
STACKS = ("network", "db", "app", "web", "files")
PREVENTED = MODULE.replace("  lifecycle {\n", "  lifecycle {\n    prevent_destroy = true\n")


def estate(tmp_path: Path, kept: str) -> tuple[Path, Surroundings]:
    """Apply a database with an application on it, files, and a web front: all but the files need the network.

    Nobody may destroy the database and the files: the template says so, or the module itself (`kept`).
    """
    needs = {"db": "network", "app": "db", "web": "network"}
    blueprints = {
        name: blueprint(name, inputs=f"{{follows: {needs[name]}.id}}" if name in needs else "{}") for name in STACKS
    }
    for name in ("db", "files"):
        blueprints[name] = blueprints[name].replace("template: trial", "template: data")
    root = make_estate(tmp_path / "repo", blueprints)
    protected = TEMPLATE.replace("name: trial", "name: data") + "protected: true\n"
    module = root / "catalog/data/terraform/local/main.tf"
    module.parent.mkdir(parents=True)
    module.write_text(MODULE if kept == "template" else PREVENTED)
    text = protected if kept == "template" else protected.replace("protected: true\n", "")
    (root / "catalog/data/template.yaml").write_text(text)
    (root / "catalog/data/README.md").write_text("# data\n")
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).counts.create == len(STACKS)
    return root, around


def standing(around: Surroundings) -> set[str]:
    return {name for name in STACKS if '"type": "terraform_data"' in _text(state(around, name))}


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize("kept", ["template", "module"])
def test_the_refusal_comes_before_the_first_end(tmp_path: Path, kept: str) -> None:
    _, around = estate(tmp_path, kept)
    with pytest.raises(Denied) as refused:
        destroy(ALL, around)
    assert standing(around) == set(STACKS)
    problem, hint = refused.value.problem, refused.value.hint
    assert "2 of its stacks may not be destroyed, so nothing was" in problem
    for name in ("db", "files"):
        assert f"local/{name}: " in problem
    why = (
        ("template data@1.0 protects it", "allow_destroy: true")
        if kept == "template"
        else (
            "Instance cannot be destroyed",
            "take prevent_destroy out of the module",
        )
    )
    assert why[0] in problem and why[1] in hint
    assert "the others alone: `infraops destroy -e local app web`" in hint, "the network is needed by what stays"

    for command in hint.split("`")[-2:-1]:
        names = tuple(command.split()[4:])
        assert destroy(Selection(environment="local", names=names), around).outcome is Outcome.DONE
    assert standing(around) == {"network", "db", "files"}


def test_it_is_seen_from_the_shell_and_in_the_record(tmp_path: Path) -> None:
    root, around = estate(tmp_path, "template")
    shown = shell(root, tmp_path, "plan", "--destroy")
    assert shown.returncode == 4 and "local/app was not tried" not in shown.stderr
    refused = shell(root, tmp_path, "destroy", "--yes")
    assert refused.returncode == 4
    text = " ".join(refused.stderr.split())
    assert "local/db: " in text and "local/files: " in text and "infraops destroy -e local app web" in text
    newest = history(around)[0].record
    assert newest.exit_code == 4
    _, entries = run_entries(newest.id, around)
    assert not any(entry.kind == "stack_destroyed" for entry in entries)
    assert standing(around) == set(STACKS)


def test_it_goes_in_two_steps(tmp_path: Path) -> None:
    root, around = estate(tmp_path, "template")
    for name in ("db", "files"):
        file = root / f"blueprints/{name}.yaml"
        file.write_text(file.read_text() + "allow_destroy: true\n")
    assert destroy(ALL, around).counts == Counts(delete=len(STACKS))
    assert plan(ALL, around).counts == Counts(create=len(STACKS))
