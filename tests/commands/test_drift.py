"""Drift that somebody goes to look for: found, explained, and healed by the next apply."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.drift import drift
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.models.runs.results import Drift
from infraops.models.runs.run import Outcome
from tests.commands.estate import blueprint, make_estate, surroundings

ALL = Selection(environment="local")
TEMPLATE = """\
schema: infraops/v1
name: note
version: "1.0"
summary: A file on this machine.
local_safe: true
parameters:
  path: {type: string, required: true, used_by: [playbook]}
  text: {type: string, default: hello, used_by: [playbook]}
playbook: playbook.yml
"""
MODULE = """\
resource "terraform_data" "note" {}

output "hosts" {
  value = { note = { address = "127.0.0.1", connection = "local", identity = terraform_data.note.id } }
}
"""
PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Write the note
      ansible.builtin.copy: {content: "{{ text }}", dest: "{{ path }}", mode: "0600"}
"""


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    note = blueprint("note", parameters=f"{{path: {tmp_path}/note.txt}}").replace("trial@1.0", "note@1.0")
    root = make_estate(tmp_path / "repo", {"note": note, "plain": blueprint("plain")})
    for path, text in {
        "catalog/note/template.yaml": TEMPLATE,
        "catalog/note/README.md": "# note\n",
        "catalog/note/terraform/local/main.tf": MODULE,
        "catalog/note/playbook.yml": PLAYBOOK,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return surroundings(root, tmp_path)


def look(around: Surroundings) -> Mapping[str, Drift | None]:
    return {stack.stack: stack.drift for stack in drift(ALL, around).stacks}


def test_what_somebody_changed_on_a_host_is_found_and_healed(around: Surroundings, tmp_path: Path) -> None:
    unapplied = drift(ALL, around)
    assert unapplied.outcome is Outcome.UNCHANGED
    assert [stack.drift for stack in unapplied.stacks] == [None, None]
    applied = apply(ALL, around)
    assert look(around) == {"local/note": Drift(), "local/plain": Drift()}
    assert apply(ALL, around).stacks[0].proven_by == applied.run, "a look that finds nothing leaves the proof"

    (tmp_path / "note.txt").write_text("scribbled over")
    result = drift(ALL, around)
    assert result.drifted
    found = result.stacks[0].drift
    assert found is not None
    assert found.hosts == {"note": 1}
    assert found.explained == f"no run has acted on it since {applied.run}: somebody else did"
    assert (tmp_path / "note.txt").read_text() == "scribbled over", "nothing is changed by looking"

    assert plan(ALL, around).changes_pending
    healed = apply(ALL, around)
    assert [stack.outcome for stack in healed.stacks] == [Outcome.DONE, Outcome.UNCHANGED]
    assert (tmp_path / "note.txt").read_text() == "hello"
    assert not drift(ALL, around).drifted


def test_a_change_that_was_not_applied_explains_it(around: Surroundings) -> None:
    applied = apply(ALL, around)
    file = around.directory / "blueprints/note.yaml"
    file.write_text(file.read_text().replace("{path:", "{text: bye, path:"))
    found = look(around)["local/note"]
    assert found is not None
    assert found.explained == f"its files have changed since run {applied.run}, and were not applied"


def test_a_run_that_was_limited_and_ended_well_explains_nothing(around: Surroundings, tmp_path: Path) -> None:
    apply(ALL, around)
    limited = apply(Selection(environment="local", names=("note",)), around, limit=("note",))
    (tmp_path / "note.txt").unlink()
    found = look(around)["local/note"]
    assert found is not None
    assert found.explained == f"no run has acted on it since {limited.run}: somebody else did"


def test_a_run_that_failed_explains_it(around: Surroundings, tmp_path: Path) -> None:
    apply(ALL, around)
    (tmp_path / "note.txt").unlink()
    (tmp_path / "note.txt").mkdir()
    failed = apply(ALL, around, refresh=True, limit=("note",))
    assert failed.outcome is Outcome.FAILED
    (tmp_path / "note.txt").rmdir()
    found = look(around)["local/note"]
    assert found is not None
    assert found.explained == f"run {failed.run} was the last to act on it, and did not end well"
