"""Taking over what exists: import blocks, with real Terraform."""

import json
from pathlib import Path

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.destroy import destroy
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.models.plans.plan import Action, Counts
from infraops.models.runs.run import Outcome
from infraops.stations.bench.job import Question
from tests.commands.estate import blueprint, make_estate, surroundings
from tests.commands.test_renaming import shell

ALL = Selection(environment="local")
MODULE = """\
variable "value" {
  type    = string
  default = ""
}

variable "follows" {
  type    = string
  default = ""
}

variable "broken" {
  type    = bool
  default = false
}

resource "terraform_data" "each" {
  for_each = toset(["a b", "c"])
}

resource "terraform_data" "one" {
  input = var.value
}

output "id" {
  value = terraform_data.one.id
}

output "hosts" {
  value = {}
}

output "endpoints" {
  value = {}
}
"""
ADOPT = """\
adopt:
  local:
    - {to: 'terraform_data.each["a b"]', id: 'the "first"'}
    - {to: terraform_data.one, id: "${not code}"}
"""


def estate(tmp_path: Path, adopt: str = ADOPT) -> tuple[Path, Surroundings]:
    root = make_estate(tmp_path / "repo", {"a": blueprint("a", parameters="{value: mine}") + adopt})
    (root / "catalog/trial/terraform/local/main.tf").write_text(MODULE)
    return root, surroundings(root, tmp_path)


def test_what_exists_is_taken_over(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    shown = shell(root, tmp_path, "plan")
    assert "2 to import, 1 to add, 1 to change, 0 to destroy" in shown.stdout, shown.stderr
    assert '  = module.service.terraform_data.each["a b"]  (imported by the "first")\n' in shown.stdout
    assert "  ~ module.service.terraform_data.one  (imported by ${not code})\n" in shown.stdout
    (stack,) = json.loads(shell(root, tmp_path, "plan", "--json").stdout)["stacks"]
    assert stack["plan"]["counts"] == {
        "create": 1, "update": 1, "replace": 0, "delete": 0, "imports": 2, "forget": 0,
    }  # fmt: skip
    assert {each["importing"] for each in stack["plan"]["changes"]} == {"", 'the "first"', "${not code}"}

    done = apply(ALL, around)
    summaries = {record.station: record.summary for record in done.stacks[0].stations}
    assert summaries["assess"] == "destroys nothing; takes over 2 that exist"
    assert summaries["provision"] == "2 imported, 1 added, 1 changed"
    assert done.stacks[0].outputs is not None and done.stacks[0].outputs.values["id"] == "${not code}"
    assert plan(ALL, around).stacks[0].proven_by == done.run
    assert not plan(ALL, around, refresh=True).changes_pending


def test_what_is_to_be_taken_over_later_is_not_up_to_date_by_evidence(tmp_path: Path) -> None:
    root, around = estate(tmp_path, adopt="")
    done = apply(ALL, around)
    assert plan(ALL, around).stacks[0].proven_by == done.run
    more = 'resource "terraform_data" "late" {}\n'
    (root / "catalog/trial/terraform/local/main.tf").write_text(MODULE + more)
    (root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: mine}"))
    apply(ALL, around)
    file = root / "blueprints/a.yaml"
    file.write_text(file.read_text() + "adopt: {local: [{to: terraform_data.late, id: x}]}\n")
    looked = plan(ALL, around)
    assert not looked.stacks[0].proven_by
    assert looked.counts == Counts(), "it is in the state already, and Terraform passes it over"


def test_taking_over_alone_is_asked_about(tmp_path: Path) -> None:
    root, _ = estate(tmp_path)
    (root / "catalog/trial/terraform/local/main.tf").write_text(MODULE.replace("input = var.value", ""))
    asked: list[Question] = []

    def yes(question: Question) -> bool:
        asked.append(question)
        return True

    around = surroundings(root, tmp_path, ask=yes)
    (root / "blueprints/a.yaml").write_text(
        blueprint("a") + ADOPT + "    - {to: 'terraform_data.each[\"c\"]', id: c}\n"
    )
    (stack,) = apply(ALL, around).stacks
    assert stack.plan is not None and stack.plan.counts == Counts(imports=3)
    assert {change.action for change in stack.plan.changes} == {Action.NO_OP}
    assert len(asked) == 1 and stack.outcome is Outcome.DONE


def test_what_was_never_taken_over_is_not_destroyed(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    assert destroy(ALL, around).counts == Counts()


def test_the_rendered_file_is_formatted_as_terraform_does(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    plan(ALL, around)
    text = (root / ".infraops/stacks/local/a/main.tf").read_text()
    assert '  to = module.service.terraform_data.each["a b"]\n  id = "the \\"first\\""\n' in text
    assert '  id = "$${not code}"\n' in text
    assert open_repo(around).repo.stacks["local/a"].adopt
