"""Blueprints under another name: their states come along, and nothing is destroyed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.destroy import destroy
from infraops.commands.drift import drift
from infraops.commands.history import run_entries
from infraops.commands.output import output
from infraops.commands.plan import plan
from infraops.commands.resume import resume
from infraops.commands.selection.stacks import Selection
from infraops.commands.status import status
from infraops.commands.unlock import holders
from infraops.errors import NotApproved, UsageError
from infraops.models.ledger.stacks import StackRenamed
from infraops.models.ledger.stations import StationEnded
from infraops.models.runs.run import Outcome
from tests import forked
from tests.commands.estate import ENVIRONMENT, MODULE, blueprint, make_estate, surroundings
from tests.commands.test_resume import owner

ALL = Selection(environment="local")
NAMED = 'variable "stack" {\n  type = string\n}\n\nvariable "blueprint" {\n  type = string\n}\n\n'


def estate(tmp_path: Path) -> tuple[Path, Surroundings]:
    """Apply a stack `old` whose resource is named as the stack, then rename its blueprint."""
    root = make_estate(tmp_path / "repo", {"old": blueprint("old", parameters="{value: kept}")})
    module = root / "catalog/trial/terraform/local/main.tf"
    module.write_text(NAMED + MODULE.replace("= var.follows\n", '= "${var.stack} ${var.blueprint} ${var.follows}"\n'))
    around = surroundings(root, tmp_path)
    assert apply(ALL, around).outcome is Outcome.DONE
    rename(root, "moved_from: old\n")
    return root, around


def rename(root: Path, more: str) -> None:
    (root / "blueprints/old.yaml").unlink(missing_ok=True)
    (root / "blueprints/new.yaml").write_text(blueprint("new", parameters="{value: kept}") + more)


def state(around: Surroundings, name: str) -> Path:
    return open_repo(around).workspace.terraform_state / f"local/{name}.tfstate"


def shell(root: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "120"}
    return forked.infraops(*words, cwd=root, env=environ, timeout=120)


def test_a_renamed_stack_takes_its_state_along(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    before = state(around, "old").read_bytes()
    planned = shell(root, tmp_path, "plan", "--detailed-exitcode")
    assert planned.returncode == 2, planned.stderr
    assert "local/new  no changes\n  state moves from local/old\n" in planned.stdout
    assert "Plan: no resource changes; 1 state to move.\n" in planned.stdout
    assert json.loads(shell(root, tmp_path, "plan", "--json").stdout)["stacks"][0]["plan"]["state_from"] == "local/old"
    assert state(around, "old").exists() and not state(around, "new").exists(), "a plan moves nothing"
    asked: list[str] = []

    def no(question: object) -> bool:
        asked.append("asked")
        return False

    with pytest.raises(NotApproved):
        apply(ALL, surroundings(root, tmp_path, ask=no))
    assert asked and state(around, "old").exists()

    moved = apply(ALL, around)
    assert moved.outcome is Outcome.DONE and moved.counts.total == 0 and moved.orphans == ()
    assert not state(around, "old").exists()
    assert state(around, "new").read_bytes() == before
    copies = sorted(state(around, "new").with_name("new.backups").glob("*.tfstate"))
    assert copies[-1].read_bytes() == before
    assert not list(state(around, "new").parent.glob("old*")), "something was left under the old name"
    again = plan(ALL, around)
    assert again.stacks[0].proven_by == moved.run
    assert not plan(ALL, around, refresh=True).changes_pending
    _, entries = run_entries(moved.run, around)
    assert [entry.payload for entry in entries if isinstance(entry.payload, StackRenamed)] == [
        StackRenamed("local/old")
    ]
    assert "state moved from local/old" in shell(root, tmp_path, "history", moved.run).stdout


def test_the_old_name_is_handed_to_modules_for_as_long_as_the_blueprint_tells_it(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    assert apply(ALL, around).counts.total == 0
    rename(root, "")
    result = plan(ALL, around)
    assert result.counts.replace == 1, "without the line the plan shows what the new name replaces"


def test_a_blueprint_gets_its_old_name_back(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    apply(ALL, around)
    (root / "blueprints/new.yaml").write_text(blueprint("old", parameters="{value: kept}") + "moved_from: new\n")
    assert plan(ALL, around).stacks[0].stack == "local/old"
    back = apply(ALL, around)
    assert back.stacks[0].failure is None
    assert state(around, "old").exists() and not state(around, "new").exists()
    file = root / "blueprints/new.yaml"
    file.write_text(file.read_text().replace("moved_from: new\n", ""))
    assert not plan(ALL, around, refresh=True).stacks[0].failure


def test_an_old_name_of_which_there_is_no_state_is_told(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    rename(root, "moved_from: odl\n")
    planned = plan(ALL, around)
    assert planned.stacks[0].notes == ("moved_from: there is no state of local/odl, so all is made anew",)
    assert planned.orphans == ("local/old",)
    shown = shell(root, tmp_path, "plan")
    assert "`moved_from` in a blueprint takes it over" in shown.stderr


def test_a_change_goes_along_with_the_move(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    file = root / "blueprints/new.yaml"
    file.write_text(file.read_text().replace("kept", "changed"))
    moved = apply(ALL, around)
    assert moved.counts.update == 1
    summary = next(record.summary for record in moved.stacks[0].stations if record.station == "provision")
    assert summary == "1 changed; state moved from local/old"
    assert not state(around, "old").exists()
    assert not plan(ALL, around, refresh=True).changes_pending


def test_until_it_is_moved_the_state_is_read_where_it_stands(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    (answer,) = output(ALL, around)
    assert answer.stack == "local/new" and answer.outputs.values["id"]
    assert [(each.stack, each.applied, each.orphan) for each in status(ALL, around).stacks] == [
        ("local/new", True, False)
    ]
    assert plan(ALL, around).orphans == ()
    assert not drift(ALL, around).drifted
    assert state(around, "old").exists()


def test_a_renamed_stack_can_be_destroyed_before_it_was_moved(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    assert destroy(ALL, around).counts.delete == 1
    assert apply(ALL, around).counts.create == 1
    assert state(around, "new").exists() and not state(around, "old").exists()


def test_what_fails_stays_under_the_old_name(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    file = root / "blueprints/new.yaml"
    file.write_text(file.read_text().replace("{value: kept}", "{value: kept, broken: true}"))
    assert apply(ALL, around).outcome is Outcome.FAILED
    assert state(around, "old").exists() and not state(around, "new").exists()


def test_two_states_are_refused_with_both_files(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    apply(ALL, around)
    state(around, "old").write_bytes(state(around, "new").read_bytes())
    for command in (plan, apply):
        (refused,) = command(ALL, around).stacks
        assert refused.failure is not None
        assert str(state(around, "old")) in refused.failure.problem
        assert str(state(around, "new")) in refused.failure.problem
    state(around, "old").unlink()
    assert apply(ALL, around).outcome is Outcome.UNCHANGED


def test_two_runs_do_not_fight_over_the_old_name(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    with open_repo_ledger(open_repo(around), around) as ledger:
        ledger.claims.take("local/old", owner(host="elsewhere"))
    (locked,) = apply(ALL, around).stacks
    assert locked.failure is not None and locked.failure.exit_code == 7
    assert set(holders(ALL, around)) == {"local/old"}
    with open_repo_ledger(open_repo(around), around) as ledger:
        ledger.claims.release("20260101-000000-dead")
    assert apply(ALL, around).outcome is Outcome.DONE


KILLERS = {
    "before the move": ("infraops.stations.provision", "move_state"),
    "behind the move": ("infraops.tools.terraform.moving", "_beside"),
}


@pytest.mark.parametrize("when", KILLERS)
def test_a_run_that_is_killed_around_the_move_goes_on(tmp_path: Path, when: str) -> None:
    root, around = estate(tmp_path)
    file = root / "blueprints/new.yaml"
    file.write_text(file.read_text().replace("kept", "changed"))
    module, name = KILLERS[when]
    program = (
        f"import os, signal, sys, {module} as room\n"
        f"room.{name} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from infraops.cli import run\n"
        "run(['apply', '--yes'])\n"
    )
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    killed = subprocess.run([sys.executable, "-c", program], cwd=root, env=environ, capture_output=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert state(around, "old").exists() is (when == "before the move")
    assert state(around, "new").exists() is (when == "behind the move")

    resumed = resume(around)

    assert resumed.outcome.good
    assert state(around, "new").exists() and not state(around, "old").exists()
    assert resumed.counts.total == 0, "what was applied before the kill was known"
    assert not plan(ALL, around, refresh=True).changes_pending
    _, entries = run_entries(resumed.run, around)
    assert any(isinstance(e.payload, StationEnded) and e.payload.station == "verify" for e in entries)


def test_the_old_name_is_answered_with_the_new_one(tmp_path: Path) -> None:
    _, around = estate(tmp_path)
    with pytest.raises(UsageError, match='"old" was renamed to "new"'):
        plan(Selection(environment="local", names=("old",)), around)


def test_the_providers_stay_those_of_the_old_name(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    locks = root / "inventories/local/locks"
    locks.mkdir(exist_ok=True)
    lock = (
        '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n'
    )
    (locks / "old.terraform.lock.hcl").write_text(lock)
    assert apply(ALL, around).outcome is Outcome.DONE
    assert (root / ".infraops/stacks/local/new/.terraform.lock.hcl").exists()


def test_a_state_elsewhere_is_not_moved(tmp_path: Path) -> None:
    root, _ = estate(tmp_path)
    (root / "inventories/local/environment.yaml").write_text(
        ENVIRONMENT + 'state: {backend: http, config: {address: "http://127.0.0.1:1/{blueprint}"}}\n'
    )
    refused = shell(root, tmp_path, "validate")
    assert refused.returncode == 64
    assert "backend http, where infraops does not move it" in refused.stdout + refused.stderr
