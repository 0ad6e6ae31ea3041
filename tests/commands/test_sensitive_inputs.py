"""A secret that Terraform makes in one stack reaches another stack's playbook, and nothing else."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.logs import logs
from infraops.commands.selection.stacks import Selection
from infraops.models.runs.events import Event
from infraops.models.runs.run import Outcome
from infraops.views.console import open_streams
from infraops.views.documents import print_document, run_document
from infraops.views.reports import report_files
from infraops.views.runs import show_run
from tests.commands.estate import blueprint, make_estate, surroundings

ALL = Selection(environment="local")
SAFE = """\
schema: infraops/v1
name: safe
version: "1.0"
summary: A secret that Terraform makes.
local_safe: true
outputs:
  token: {type: string, sensitive: true, stand_in: not-real-yet}
"""
SAFE_MODULE = """\
resource "terraform_data" "token" {}

output "token" {
  value     = terraform_data.token.id
  sensitive = true
}

output "hosts" {
  value = {}
}
"""
TAKER = """\
schema: infraops/v1
name: taker
version: "1.0"
summary: A playbook that needs the secret.
local_safe: true
parameters:
  token: {type: string, sensitive: true, used_by: [playbook]}
  proof: {type: string, used_by: [playbook]}
playbook: playbook.yml
"""
TAKER_MODULE = """\
output "hosts" {
  value = { taker = { address = "127.0.0.1", connection = "local", identity = "one" } }
}
"""
PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {content: "{{ token | hash('sha256') }}", dest: "{{ proof }}", mode: "0600"}
    - ansible.builtin.debug: {msg: "it is {{ token }}"}
    - ansible.builtin.command: {cmd: "/bin/false {{ token }}"}
      ignore_errors: true
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "catalog/safe/template.yaml": SAFE,
        "catalog/safe/README.md": "# safe\n",
        "catalog/safe/terraform/local/main.tf": SAFE_MODULE,
        "catalog/taker/template.yaml": TAKER,
        "catalog/taker/README.md": "# taker\n",
        "catalog/taker/terraform/local/main.tf": TAKER_MODULE,
        "catalog/taker/playbook.yml": PLAYBOOK,
    }
    safe = blueprint("safe").replace("trial@1.0", "safe@1.0")
    taker = blueprint("taker", parameters=f"{{proof: {tmp_path}/proof}}", inputs="{token: safe.token}")
    root = make_estate(tmp_path / "repo", {"safe": safe, "taker": taker.replace("trial@1.0", "taker@1.0")})
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def files_with(text: str, directory: Path) -> Iterator[Path]:
    for path in directory.rglob("*"):
        if path.is_file() and not path.is_symlink() and text.encode() in path.read_bytes():
            yield path


def test_the_value_is_in_the_state_alone(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = []
    around = replace(surroundings(root, tmp_path, events=events), report_files=report_files)

    result = apply(ALL, around)

    assert [stack.outcome for stack in result.stacks] == [Outcome.DONE, Outcome.DONE]
    (state,) = tmp_path.glob(".local/state/infraops/*/terraform/local/safe.tfstate")
    token = json.loads(state.read_text())["outputs"]["token"]["value"]
    assert (tmp_path / "proof").read_text() == hashlib.sha256(token.encode()).hexdigest()
    assert (root / ".infraops" / "runs" / result.run / "junit.xml").is_file()
    assert set(files_with(token, tmp_path)) == {state}
    said = "\n".join(str(event) for event in (*events, logs(around)))
    assert "it is (sensitive)" in said
    assert token not in said
    print_document("infraops/apply/v1", run_document(result), open_streams(json=True))
    show_run(result, open_streams(verbose=True))
    assert token not in "".join(capsys.readouterr())


def test_evidence_covers_the_value_by_the_key_of_the_checkout(root: Path, tmp_path: Path) -> None:
    around = surroundings(root, tmp_path)
    taker = Selection(environment="local", names=("taker",))
    apply(ALL, around)
    assert apply(taker, around).stacks[0].proven_by
    assert apply(taker, around, refresh=True).stacks[0].skipped_hosts == ("taker",)
    (key,) = tmp_path.glob(".local/state/infraops/*/secrets/evidence-key")

    key.unlink()

    assert apply(taker, around).stacks[0].skipped_hosts == (), "a digest without the key would tell a weak secret"


def test_a_new_value_is_a_reason_to_configure_again(root: Path, tmp_path: Path) -> None:
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    before = (tmp_path / "proof").read_text()

    result = apply(ALL, around, replace=("module.service.terraform_data.token",))

    assert [stack.outcome for stack in result.stacks] == [Outcome.DONE, Outcome.DONE]
    assert (tmp_path / "proof").read_text() != before
