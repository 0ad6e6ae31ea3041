"""Questions on a real terminal: what an answer, no answer, Ctrl-C and SIGTERM lead to, and what the record says."""

import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import open_repo
from infraops.models.ledger.answers import Owner
from tests import forked
from tests.commands.estate import blueprint, make_estate, surroundings
from tests.scenario import environment_of
from tests.terminal import CTRL_C, CTRL_D, infraops_on_terminal

QUESTIONS = {
    "apply": "Apply this in local? Only 'yes' goes on: ",
    "destroy": "Destroy this in local? Only 'yes' goes on: ",
}
STACKS = ("one", "two", "three")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_estate(tmp_path / "repo", {name: blueprint(name) for name in STACKS})


def infraops(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run infraops where nobody can be asked."""
    return forked.infraops(*words, cwd=root, env=environment_of(root.parent))


def last_run(root: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(infraops(root, "history", "--json").stdout)["runs"][0]
    return run


def provisioned(root: Path) -> set[str]:
    stacks = json.loads(infraops(root, "output", "--json").stdout)["stacks"]
    return {name for name, outputs in stacks.items() if outputs["values"]}


@pytest.fixture(scope="module")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("applied")
    repo = make_estate(top / "home/repo", {name: blueprint(name) for name in STACKS})
    assert infraops(repo, "apply", "--yes").returncode == 0
    shutil.copytree(top / "home", top / "as it was", symlinks=True)
    return repo


@pytest.fixture
def applied(applied_once: Path) -> Path:
    """The estate as it was after the one apply, at the same paths."""
    home = applied_once.parent
    shutil.rmtree(home)
    shutil.copytree(home.with_name("as it was"), home, symlinks=True)
    return applied_once


@pytest.mark.parametrize("how", [CTRL_C, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_one_signal_ends_a_run_that_waits_for_an_answer(applied: Path, command: str, how: str | signal.Signals) -> None:
    words = ("--replace", "module.service.terraform_data.value") if command == "apply" else ()
    with infraops_on_terminal(applied, command, *words) as terminal:
        terminal.wait_for(QUESTIONS[command])
        if isinstance(how, signal.Signals):
            terminal.kill(how)
        else:
            terminal.type(how)
        assert terminal.end() == 130
    assert "nothing was changed" in terminal.written
    assert "again kills" not in terminal.written, "there is nothing to be killed"
    run = last_run(applied)
    assert run["verdict"] == "interrupted"
    assert run["record"]["exit_code"] == 130
    assert set(run["record"]["stacks"].values()) == {"interrupted"}
    assert provisioned(applied) == {f"local/{name}" for name in STACKS}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (CTRL_D, 'there was no answer; only "yes" goes on'),
        ("\r", 'there was no answer; only "yes" goes on'),
        ("y\r", 'the answer was "y"; only "yes" goes on'),
        ("hunter2\r", 'the answer was another one; only "yes" goes on'),
        ("ye" + CTRL_D + CTRL_D, 'there was no answer; only "yes" goes on'),
    ],
    ids=["Ctrl-D", "Enter", "y", "a password", "Ctrl-D in the middle"],
)
def test_all_that_is_not_yes_is_no(repo: Path, typed: str, said: str) -> None:
    with infraops_on_terminal(repo, "apply") as terminal:
        terminal.wait_for(QUESTIONS["apply"])
        terminal.type(typed)
        assert terminal.end() == 5
    assert f"approving the plan: {said}" in terminal.written
    assert "nothing was changed" in terminal.written
    run = last_run(repo)
    assert run["verdict"] == "not approved"
    assert run["record"]["exit_code"] == 5
    assert set(run["record"]["stacks"].values()) == {"not approved"}
    assert "approve" in infraops(repo, "history", run["record"]["id"]).stdout
    report = json.loads((repo / ".infraops/runs" / run["record"]["id"] / "report.json").read_text())
    assert (report["outcome"], report["failure"]["exit_code"]) == ("not approved", 5)
    assert not provisioned(repo)
    kept = [file for file in repo.parent.rglob("*") if file.is_file() and b"hunter2" in file.read_bytes()]
    assert not kept, "what was typed may be anything"


def test_where_nobody_can_be_asked_the_hint_leads_to_the_plan_that_was_meant(applied: Path) -> None:
    done = infraops(applied, "destroy")
    assert done.returncode == 5
    assert "look at `infraops plan --destroy`, then add --yes" in done.stderr
    assert last_run(applied)["verdict"] == "not approved"
    assert "not approved" in infraops(applied, "history").stdout


def test_a_closed_stdin_is_no_terminal(repo: Path) -> None:
    script = f"{sys.executable} -m infraops apply <&-"
    done = subprocess.run(["sh", "-c", script], cwd=repo, env=environment_of(repo.parent), capture_output=True)
    assert done.returncode == 5, done.stderr


@pytest.mark.parametrize("words", [(), ("--quiet",), ("--json",)], ids=" ".join)
def test_what_was_agreed_to_stays_on_the_screen(repo: Path, words: tuple[str, ...]) -> None:
    with infraops_on_terminal(repo, "apply", *words) as terminal:
        terminal.wait_for(QUESTIONS["apply"])
        terminal.type("yes\r")
        assert terminal.end() == 0
    lines = terminal.lines
    total = lines.index("Plan: 3 to add, 0 to change, 0 to destroy.")
    assert lines[total + 1] == f"{QUESTIONS['apply']}yes"
    above = lines[:total]
    assert [line for line in above if "to add" in line] == [
        f"local/{name}  1 to add, 0 to change, 0 to destroy" for name in sorted(STACKS)
    ]
    assert above[-1] == "  configure: nothing to do"


@pytest.mark.parametrize(("typed", "code"), [(CTRL_C, 130), (CTRL_D, 5), ("yes\r", 0)], ids=["Ctrl-C", "Ctrl-D", "yes"])
def test_unlock_asks_like_a_run(repo: Path, typed: str, code: int) -> None:
    around = surroundings(repo, repo.parent)
    owner = Owner("20260101-000000-0000", "elsewhere", "another boot", 1, 1, datetime.now(UTC))
    with open_repo_ledger(open_repo(around), around) as ledger:
        ledger.claims.take("local/one", owner)
    with infraops_on_terminal(repo, "unlock") as terminal:
        terminal.wait_for("Only 'yes' goes on: ")
        terminal.type(typed)
        assert terminal.end() == code
    assert ("nothing was changed" in terminal.written) == bool(code)
    with open_repo_ledger(open_repo(around), around) as ledger:
        assert bool(ledger.claims.all()) == bool(code)


@pytest.mark.parametrize(("typed", "code"), [(CTRL_C, 130), (CTRL_D, 64)], ids=["Ctrl-C", "Ctrl-D"])
def test_new_writes_nothing_where_it_is_not_answered(repo: Path, typed: str, code: int) -> None:
    template = repo / "catalog/trial/template.yaml"
    template.write_text(
        template.read_text().replace('value: {type: string, default: ""', "value: {type: string, required: true")
    )
    for file in (repo / "blueprints").iterdir():
        file.unlink()
    with infraops_on_terminal(repo, "new", "page", "--template", "trial") as terminal:
        terminal.wait_for("value (string)")
        terminal.type(typed)
        assert terminal.end() == code
    assert "Traceback" not in terminal.written
    assert not list((repo / "blueprints").iterdir())


def test_a_second_signal_is_not_needed_after_an_answer_that_came_too_late(applied: Path) -> None:
    with infraops_on_terminal(applied, "destroy") as terminal:
        terminal.wait_for(QUESTIONS["destroy"])
        terminal.type(f"{CTRL_C}yes\r")
        assert terminal.end() == 130
    assert "destroy done" not in terminal.written
    assert provisioned(applied) == {f"local/{name}" for name in STACKS}
