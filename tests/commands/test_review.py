"""`infraops review`, from the shell."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from infraops.commands.apply import apply
from infraops.commands.selection.stacks import Selection
from tests import forked
from tests.commands.estate import blueprint, make_estate, surroundings


def estate(root: Path) -> Path:
    return make_estate(
        root,
        {
            "first": blueprint("first", parameters="{value: one}"),
            "second": blueprint("second", inputs="{follows: first.id}"),
            "third": blueprint("third"),
        },
    )


def infraops(root: Path, home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}
    return forked.infraops(*words, "--quiet", cwd=root, env=environ)


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


def test_a_change_is_told_and_nothing_is_done(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    done = infraops(root, tmp_path, "review", "-e", "local", "--detailed-exitcode")
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("### ✏️ 3 stacks: 3 to add. Nothing is destroyed.\n")
    assert "# deferred: follows not real yet" in done.stdout
    again = infraops(root, tmp_path, "review", "-e", "local")
    assert again.returncode == 0
    assert [line for line in again.stdout.splitlines() if line.startswith("| ")] == [
        line for line in done.stdout.splitlines() if line.startswith("| ")
    ]
    assert list((tmp_path / ".local/state").rglob("*.tfstate")) == []


def test_of_an_estate_only_what_a_branch_touches(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    (root / ".gitignore").write_text(".infraops/\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "estate")
    apply(Selection(environment="local"), surroundings(root, tmp_path))
    nothing = infraops(root, tmp_path, "review", "-e", "local", "--changed-since", "main")
    assert nothing.returncode == 0, nothing.stderr
    assert nothing.stdout.startswith("### ✅ Nothing would change.\n")
    estate(root)
    file = root / "blueprints/first.yaml"
    file.write_text(file.read_text().replace("value: one", "value: two"))
    told = infraops(root, tmp_path, "review", "-e", "local", "--changed-since", "main", "--with-dependents", "--json")
    document = json.loads(told.stdout)
    assert (document["schema"], document["since"]) == ("infraops/review/v1", "main")
    assert document["verdict"] == "1 stack: 1 to change. Nothing is destroyed."
    assert {stack["stack"] for stack in document["run"]["stacks"]} == {"local/first", "local/second"}
    assert document["git"]["dirty"] is True


def test_what_cannot_be_planned_is_a_failure(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    file = root / "blueprints/third.yaml"
    file.write_text(file.read_text().replace("parameters: {}", "parameters: {broken: true}"))
    told = infraops(root, tmp_path, "review", "-e", "local")
    assert told.returncode == 1
    assert told.stdout.startswith("### ❌ Cannot be judged: local/third could not be planned. Of the others, 2 stacks:")
    assert "This one is broken on purpose." in told.stdout


@pytest.mark.parametrize("form", ["html", "sarif", "junit"])
def test_each_format_is_what_it_says(tmp_path: Path, form: str) -> None:
    root = estate(tmp_path / "repo")
    told = infraops(root, tmp_path, "review", "-e", "local", "third", "--format", form)
    assert told.returncode == 0, told.stderr
    match form:
        case "html":
            assert told.stdout.startswith("<!doctype html>")
            assert told.stdout.rstrip().endswith("</html>")
        case "sarif":
            assert json.loads(told.stdout)["runs"][0]["results"] == []
        case "junit":
            suites = ET.fromstring(told.stdout)
            assert suites.get("name") == "infraops review local"


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    told = infraops(estate(tmp_path / "repo"), tmp_path, "review", "--format", "pdf")
    assert told.returncode == 64
    assert "markdown" in told.stderr


LEAKY = """\
variable "token" {
  type      = string
  sensitive = true
}

resource "terraform_data" "login" {
  input = { token = var.token, banner = nonsensitive("token is ${var.token}") }
}

output "hosts" {
  value = {}
}
"""


def test_the_secret_that_a_rotation_replaces_is_not_shown_either(tmp_path: Path) -> None:
    login = blueprint("login", parameters="{token: 'env:TOKEN'}").replace("trial@1.0", "login@1.0")
    root = make_estate(tmp_path / "repo", {"login": login})
    described = (root / "catalog/trial/template.yaml").read_text().partition("parameters:")[0]
    token = "parameters:\n  token: {type: string, sensitive: true, used_by: [terraform]}\n"
    for path, text in {
        "catalog/login/template.yaml": described.replace("name: trial", "name: login") + token,
        "catalog/login/README.md": "# login\n",
        "catalog/login/terraform/local/main.tf": LEAKY,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    around = surroundings(root, tmp_path)
    apply(Selection(environment="local"), replace(around, environ={**around.environ, "TOKEN": "the-old-one"}))
    for form in ("markdown", "html", "json"):
        told = infraops(root, tmp_path, "review", "-e", "local", "--format", form, TOKEN="the-new-one")
        assert told.returncode == 0, told.stderr
        assert "token is (sensitive)" in told.stdout
        assert "the-old-one" not in told.stdout
        assert "the-new-one" not in told.stdout


NOTE = {
    "catalog/note/template.yaml": """\
schema: infraops/v1
name: note
version: "1.0"
summary: A file on this machine.
local_safe: true
parameters:
  path: {type: string, required: true, used_by: [playbook]}
  text: {type: string, default: hello, used_by: [playbook]}
playbook: playbook.yml
""",
    "catalog/note/README.md": "# note\n",
    "catalog/note/terraform/local/main.tf": """\
resource "terraform_data" "note" {}

output "hosts" {
  value = { note = { address = "127.0.0.1", connection = "local", identity = terraform_data.note.id } }
}
""",
    "catalog/note/playbook.yml": """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Write the note
      ansible.builtin.copy: {content: "{{ text }}", dest: "{{ path }}", mode: "0600"}
    - name: Leave what is right
      ansible.builtin.file: {path: /tmp, state: directory}
    - name: Not on this host
      ansible.builtin.command: "true"
      when: false
    - name: Nobody knows
      ansible.builtin.command: touch {{ path }}.touched
    - name: Look all the same
      ansible.builtin.command: "true"
      changed_when: false
      check_mode: false
    - name: One by one
      ansible.builtin.command: touch {{ path }}.{{ item }}
      loop: [one, two]
""",
}


def test_ansible_says_in_check_mode_what_it_would_do(tmp_path: Path) -> None:
    note = blueprint("note", parameters=f"{{path: {tmp_path}/note.txt}}").replace("trial@1.0", "note@1.0")
    root = make_estate(tmp_path / "repo", {"note": note})
    for path, text in NOTE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    first = infraops(root, tmp_path, "review", "-e", "local", "--json")
    assert json.loads(first.stdout)["run"]["stacks"][0]["prediction"]["found"]["changes"] == {}
    apply(Selection(environment="local"), surroundings(root, tmp_path))
    written = tmp_path / "note.txt"
    for trace in tmp_path.glob("note.txt.*"):
        trace.unlink()
    (root / "blueprints/note.yaml").write_text(note.replace("{path:", "{text: bye, path:"))

    told = infraops(root, tmp_path, "review", "-e", "local", "--json")
    (stack,) = json.loads(told.stdout)["run"]["stacks"]
    assert stack["prediction"] == {
        "found": {
            "changes": {"note": ["Write the note"]},
            "unpredictable": {"note": ["Nobody knows", "One by one"]},
            "escapes": {"note": ["Look all the same"]},
        },
        "silent": [],
        "not_asked": [],
    }
    assert (written.read_text(), list(tmp_path.glob("note.txt.*"))) == ("hello", []), "nothing was changed"
    comment = infraops(root, tmp_path, "review", "-e", "local").stdout
    assert "#   task Write the note: would change something (on note)" in comment
    unasked = infraops(root, tmp_path, "review", "-e", "local", "--no-ask-hosts", "--json").stdout
    document = json.loads(unasked)["run"]["stacks"][0]
    assert document["prediction"] is None
    assert document["fingerprint"] == stack["fingerprint"], "what check mode finds is no part of the effect"


def test_a_review_stands_in_the_record_as_one_and_leaves_the_report_of_a_plan(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    shown = json.loads(infraops(root, tmp_path, "review", "-e", "local", "--json").stdout)
    run = shown["run"]["run"]
    history = infraops(root, tmp_path, "history")
    assert history.stdout.splitlines()[1].split()[:3] == [run, "review", "done"]
    assert infraops(root, tmp_path, "history", run).stdout.startswith(f"run {run}: review done\n")
    report = json.loads((root / f".infraops/runs/{run}/report.json").read_text())
    assert (report["schema"], report["line"]) == ("infraops/plan/v1", "review")
    suites = ET.fromstring((root / f".infraops/runs/{run}/junit.xml").read_bytes())
    assert suites.get("name") == "infraops review local"
    again = infraops(root, tmp_path, "resume", run)
    assert (again.returncode, "a run of `review` cannot be resumed" in again.stderr) == (64, True)
    assert infraops(root, tmp_path, "ledger", "verify").returncode == 0


def test_what_was_proven_is_a_skipped_case_of_a_review_too(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    applied = apply(Selection(environment="local"), surroundings(root, tmp_path))
    suites = ET.fromstring(infraops(root, tmp_path, "review", "-e", "local", "--format", "junit").stdout)
    why = {each.get("message") for each in suites.iter("skipped")}
    assert why == {f"proven by run {applied.run}"}
