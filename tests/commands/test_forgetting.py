"""Letting go without destroying: of resources by the blueprint, of whole stacks and orphans by `infraops forget`."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.destroy import destroy
from infraops.commands.forget import forget
from infraops.commands.history import run_entries
from infraops.commands.plan import plan
from infraops.commands.resume import resume
from infraops.commands.selection.stacks import Selection
from infraops.commands.status import status
from infraops.errors import NotApproved, UsageError
from infraops.models.ledger.stacks import StackForgotten
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import Outcome
from infraops.stations.bench.job import Question
from tests.commands.estate import ENVIRONMENT, TEMPLATE, blueprint, make_estate, surroundings
from tests.commands.test_adopting import MODULE
from tests.commands.test_renaming import shell, state

ALL = Selection(environment="local")
A = Selection(environment="local", names=("a",))
FILE = "catalog/trial/terraform/local/main.tf"
EACH = """\
resource "terraform_data" "each" {
  for_each = toset(["a b", "c"])
}

"""


def estate(tmp_path: Path) -> tuple[Path, Surroundings]:
    """Apply two stacks of three resources each; `b` takes an output of `a`."""
    blueprints = {"a": blueprint("a"), "b": blueprint("b", inputs="{follows: a.id}")}
    root = make_estate(tmp_path / "repo", blueprints)
    (root / FILE).write_text(MODULE)
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).counts.create == 6
    return root, around


def addresses(file: Path) -> set[str]:
    document = json.loads(file.read_text())
    return {f"{each['type']}.{each['name']}" for each in document["resources"]}


def test_a_blueprint_lets_go_of_what_its_module_declares_no_more(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    (root / FILE).write_text(MODULE.replace(EACH, ""))
    assert plan(A, around).counts == Counts(delete=2)
    (root / "blueprints/a.yaml").write_text(blueprint("a") + "forget: [terraform_data.each]\n")
    assert plan(A, around).counts == Counts(forget=2)
    shown = shell(root, tmp_path, "plan", "a").stdout
    assert "0 to add, 0 to change, 0 to destroy, 2 to forget" in shown
    assert "  . module.service.terraform_data.each" in shown
    (refused,) = destroy(A, around).stacks
    assert refused.failure is not None and refused.failure.exit_code == 4
    assert "which its blueprint says to forget" in refused.failure.problem

    done = apply(A, around)
    summaries = {record.station: record.summary for record in done.stacks[0].stations}
    assert summaries["assess"] == "destroys nothing; lets go of 2"
    assert summaries["provision"] == "2 forgotten"
    assert addresses(state(around, "a")) == {"terraform_data.one"}
    gone = destroy(replace(A, with_dependents=True), around)
    assert {stack.stack: gone.counts_of(stack) for stack in gone.stacks}["local/a"] == Counts(delete=1)


def test_an_environment_whose_module_still_declares_it_keeps_it(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    old = root / "catalog/trial-old"
    for path in ("template.yaml", "README.md", "terraform/local/main.tf"):
        (old / path).parent.mkdir(parents=True, exist_ok=True)
        (old / path).write_text((root / "catalog/trial" / path).read_text().replace('"1.0"', '"0.9"'))
    (root / FILE).write_text(MODULE.replace(EACH, ""))
    other = root / "inventories/other/environment.yaml"
    other.parent.mkdir()
    other.write_text(ENVIRONMENT.replace("name: local", "name: other"))
    text = blueprint("a").replace("{local: {}}", "{local: {}, other: {template: trial@0.9}}")
    (root / "blueprints/a.yaml").write_text(text + "forget: [terraform_data.each]\n")
    assert plan(A, around).counts == Counts(forget=2)
    assert plan(Selection(environment="other"), around).counts == Counts(create=3)


def test_a_program_without_removed_blocks_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, around = estate(tmp_path)
    (root / FILE).write_text(MODULE.replace(EACH, ""))
    (root / "blueprints/a.yaml").write_text(blueprint("a") + "forget: [terraform_data.each]\n")
    monkeypatch.setattr("infraops.tools.terraform.program.pinned.REMOVED_BLOCKS", (99, 0))
    (failed,) = plan(A, around).stacks
    assert failed.failure is not None and "needs version 99.0 or newer" in failed.failure.problem


def test_a_whole_stack_is_let_go_of(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    (root / "catalog/trial/template.yaml").write_text(TEMPLATE + "protected: true\n")
    before = state(around, "a").read_bytes()
    with pytest.raises(UsageError, match="no stack was named"):
        forget(ALL, around)
    asked: list[Question] = []

    def no(question: Question) -> bool:
        asked.append(question)
        return False

    with pytest.raises(NotApproved):
        forget(A, surroundings(root, tmp_path, ask=no))
    assert asked[0].forget and state(around, "a").read_bytes() == before

    gone = shell(root, tmp_path, "forget", "a", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert "local/a  0 to add, 0 to change, 0 to destroy, 3 to forget" in gone.stdout + gone.stderr
    assert "still declares it: the next apply makes it anew" in gone.stdout + gone.stderr
    assert "still needed by local/b: what these take from it cannot be had any more" in gone.stdout + gone.stderr
    assert not state(around, "a").exists()
    (kept,) = state(around, "a").with_name("a.backups").glob("forgotten-*.tfstate")
    assert kept.read_bytes() == before and kept.stat().st_mode & 0o777 == 0o600
    standing = {each.stack: each.applied for each in status(ALL, around).stacks}
    assert standing == {"local/a": False, "local/b": True}
    looked = plan(A, around)
    assert not looked.stacks[0].proven_by and looked.counts == Counts(create=3)
    assert forget(A, around).outcome is Outcome.UNCHANGED

    kept.rename(state(around, "a"))  # the way back
    assert plan(A, around).counts == Counts()


def test_the_record_tells_of_it_and_it_can_be_gone_on_with(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    done = forget(Selection(environment="local", names=("*",)), around)
    assert done.counts == Counts(forget=6) and done.outcome is Outcome.DONE
    begun = {s.stack: next(r.begun for r in s.stations if r.station == "provision") for s in done.stacks}
    assert begun["local/b"] < begun["local/a"], "those that need others come first"
    _, entries = run_entries(done.run, around)
    assert [e.payload for e in entries if isinstance(e.payload, StackForgotten)] == [StackForgotten(3)] * 2
    again = resume(around, done.run)
    assert again.line == "forget" and again.outcome is Outcome.UNCHANGED


def test_an_orphan_is_let_go_of(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    (root / "blueprints/b.yaml").unlink()
    result = forget(Selection(environment="local", orphans=True), around)
    assert [stack.stack for stack in result.stacks] == ["local/b"]
    assert result.counts == Counts(forget=3) and result.orphans == ()
    assert not any("still declares" in note for note in result.stacks[0].notes)
    assert state(around, "a").exists()


def test_another_state_than_was_shown_is_not_let_go_of(tmp_path: Path) -> None:
    root, around = estate(tmp_path)

    def meanwhile(question: Question) -> bool:
        state(around, "a").write_bytes(state(around, "a").read_bytes().replace(b'"each"', b'"others"'))
        return True

    (stale,) = forget(A, surroundings(root, tmp_path, ask=meanwhile)).stacks
    assert stale.failure is not None and stale.failure.exit_code == 6
    assert state(around, "a").exists()


def test_a_secret_that_is_gone_does_not_hold_anybody_back(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    token = "parameters:\n  token: {type: string, sensitive: true, used_by: [terraform]}\n"
    (root / "catalog/trial/template.yaml").write_text(TEMPLATE.replace("parameters:\n", token))
    (root / FILE).write_text(MODULE + 'variable "token" {\n  type = string\n}\n')
    (root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{token: env:NOBODY_SET_THIS}"))
    (root / "blueprints/b.yaml").unlink()
    assert plan(A, around).outcome is Outcome.FAILED
    assert forget(A, around).counts == Counts(forget=3)


@pytest.fixture
def states() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Keep states for Terraform's `http` backend; yields its address and the states by path."""
    kept: dict[str, bytes] = {}

    class Keeper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in kept else 404)
            self.end_headers()
            self.wfile.write(kept.get(self.path, b""))

        def do_POST(self) -> None:
            kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keeper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", kept
        server.shutdown()


def kept_at(address: str) -> str:
    """Return the file of an environment whose states are kept there."""
    return ENVIRONMENT + f'state: {{backend: http, config: {{address: "{address}/{{blueprint}}"}}}}\n'


def test_a_state_elsewhere_is_emptied_and_a_copy_kept_here(
    tmp_path: Path, states: tuple[str, dict[str, bytes]]
) -> None:
    address, kept = states
    around = surroundings(make_estate(tmp_path / "repo", {"a": blueprint("a")}, environment=kept_at(address)), tmp_path)
    apply(ALL, around)
    before = json.loads(kept["/a"])
    assert before["resources"]

    done = forget(A, around)

    assert done.counts == Counts(forget=1), done.stacks[0].failure
    after = json.loads(kept["/a"])
    assert after["resources"] == [] and after["outputs"] == {}
    assert after["lineage"] == before["lineage"] and after["serial"] > before["serial"]
    directory = open_repo(around).workspace.terraform_state / "local/a.backups"
    (copy,) = directory.glob("forgotten-*.tfstate")
    assert json.loads(copy.read_text()) == before
    assert forget(A, around).outcome is Outcome.UNCHANGED
    assert plan(A, around).counts == Counts(create=1)
