"""A stack that waits for one that failed: the run's result and its record say the same of it."""

from pathlib import Path

from infraops.commands.apply import apply
from infraops.commands.history import history
from infraops.commands.selection.stacks import Selection
from infraops.models.runs.run import Outcome
from tests.commands.estate import MODULE, blueprint, make_estate, surroundings

ALL = Selection(environment="local")
FAILS_LATE = """
resource "terraform_data" "late" {
  count = var.value == "fails" ? 1 : 0

  provisioner "local-exec" {
    command = "exit 1"
  }
}
"""


def test_a_proven_stack_behind_a_failure_is_blocked_in_the_record_too(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"a": blueprint("a"), "b": blueprint("b", depends_on="[a]")})
    (root / "catalog/trial/terraform/local/main.tf").write_text(MODULE + FAILS_LATE)
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).outcome is Outcome.DONE
    (root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: fails}"))
    result = apply(ALL, around)
    said = {stack.stack: stack.outcome for stack in result.stacks}
    assert said == {"local/a": Outcome.FAILED, "local/b": Outcome.BLOCKED}
    assert history(around)[0].record.stacks == said
    assert result.stacks[1].proven_by == ""
