"""Runs that were cut off: who may take their stacks, and what goes on where they stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.history import history, run_entries
from infraops.commands.plan import plan
from infraops.commands.resume import resume
from infraops.commands.selection.stacks import Selection
from infraops.commands.unlock import holders, unlock
from infraops.errors import Locked, UsageError
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.stacks import StackTakenOver
from infraops.models.ledger.stations import ChildStarted, StationStarted
from infraops.models.runs.run import Outcome, RunResult
from infraops.processes import ProcessIdentity, boot_and_namespace, identify, is_alive
from tests.commands.estate import blueprint, make_estate, surroundings

ALL = Selection(environment="local")
MODULE = "catalog/trial/terraform/local/main.tf"


def estate(root: Path, *, slow: str = "") -> Path:
    """Make three stacks in a row; the one named `slow` waits in the middle of its first apply until `go` is there."""
    blueprints = {
        "a": blueprint("a", parameters="{value: quick}"),
        "b": blueprint("b", parameters="{value: slow}" if slow == "b" else "{}", inputs="{follows: a.id}"),
        "c": blueprint("c", inputs="{follows: b.id}"),
    }
    make_estate(root, blueprints)
    here = root.resolve()
    wait = (
        f"if mkdir {here}/waiting; then timeout 300 sh -c 'until test -e {here}/go; do sleep 0.05; done'; fi; echo over"
    )
    waiting = (
        'resource "terraform_data" "wait" {\n  count = var.value == "slow" ? 1 : 0\n'
        f'  provisioner "local-exec" {{\n    command = "{wait}"\n  }}\n}}\n'
    )
    (root / MODULE).write_text((root / MODULE).read_text() + waiting)
    return root


@contextmanager
def at_work(root: Path, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start an apply in a process of its own; gives control when `b` is in the middle of its apply."""
    argv = [sys.executable, "-m", "infraops", "apply", "-e", "local", "--yes", "-p", "1"]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    process = subprocess.Popen(argv, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 180
        while not (root / "waiting").exists():
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0].decode()
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


def tree_of(run: str, around: Surroundings) -> list[ProcessIdentity]:
    _, entries = run_entries(run, around)
    children = [entry.payload for entry in entries if isinstance(entry.payload, ChildStarted)]
    return [ProcessIdentity(child.pid, child.started) for child in children]


def outcomes(result: RunResult) -> dict[str, Outcome]:
    return {stack.stack.removeprefix("local/"): stack.outcome for stack in result.stacks}


@pytest.mark.parametrize("what", ["infraops alone", "the whole tree"])
def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, what: str) -> None:
    root = estate(tmp_path / "repo", slow="b")
    around = surroundings(root, tmp_path)
    with at_work(root, tmp_path) as process:
        (killed,) = history(around)
        assert killed.verdict == "running"
        process.kill()
        process.wait()
        if what == "the whole tree":
            for identity in tree_of(killed.record.id, around):
                if is_alive(identity):
                    os.killpg(identity.pid, signal.SIGKILL)
    assert [each.verdict for each in history(around)] == ["killed"]
    plans = list((root / ".infraops/runs" / killed.record.id).glob("*.tfplan"))

    (root / "go").touch()
    result = resume(around)

    finished = Outcome.UNCHANGED if what == "infraops alone" else Outcome.DONE  # Terraform went on, and was waited for
    assert outcomes(result) == {"a": Outcome.UNCHANGED, "b": finished, "c": Outcome.DONE}
    assert result.stacks[0].proven_by == killed.record.id
    _, entries = run_entries(result.run, around)
    assert not any(entry.stack == "local/a" and isinstance(entry.payload, StationStarted) for entry in entries)
    assert [e.stack for e in entries if isinstance(e.payload, StackTakenOver)] == ["local/b", "local/c"]
    assert plans
    assert not any(plan.exists() for plan in plans)
    assert not plan(ALL, around, refresh=True).changes_pending
    with open_repo_ledger(open_repo(around), around) as ledger:
        assert ledger.verify().ok
        assert ledger.claims.all() == {}
    with pytest.raises(UsageError, match="ended well"):
        resume(around)


def test_a_second_run_on_a_stack_at_work_is_refused(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", slow="b")
    around = surroundings(root, tmp_path)
    with at_work(root, tmp_path) as process:
        refused = apply(Selection(environment="local", names=("b",)), around)
        (stack,) = refused.stacks
        assert stack.failure is not None
        assert stack.failure.exit_code == 7
        assert f"pid {process.pid}, since" in stack.failure.problem
        with pytest.raises(Locked, match="is at work"):
            resume(around, history(around)[1].record.id)
        with pytest.raises(Locked, match="is at work"):
            holders(ALL, around)
        (root / "go").touch()
        assert process.wait(180) == 0
    assert apply(ALL, around).outcome is Outcome.UNCHANGED


def owner(**changes: Any) -> Owner:
    """Name a process of this machine that is gone, but for `changes`."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead = Owner("20260101-000000-dead", os.uname().nodename, boot_and_namespace(), gone.pid, 1, datetime.now(UTC))
    return replace(dead, **changes)


ALIVE = identify(os.getpid())
assert ALIVE is not None
CLAIMS: dict[str, tuple[dict[str, Any], bool]] = {
    "its process is gone": ({}, True),
    "its pid belongs to another process now": ({"pid": os.getpid()}, True),
    "the machine was started anew": ({"boot": "another boot", "pid": ALIVE.pid, "started": ALIVE.started}, True),
    "it is at work": ({"pid": ALIVE.pid, "started": ALIVE.started}, False),
    "it ran on another machine": ({"host": "elsewhere"}, False),
    "it ran in another container": ({"boot": f"{boot_and_namespace().split()[0]} pid:[1]"}, False),
}


@pytest.mark.parametrize("why", CLAIMS)
def test_a_stack_is_taken_over_only_from_the_provably_dead(tmp_path: Path, why: str) -> None:
    changes, is_taken = CLAIMS[why]
    around = surroundings(make_estate(tmp_path / "repo", {"a": blueprint("a")}), tmp_path)
    with open_repo_ledger(open_repo(around), around) as ledger:
        ledger.claims.take("local/a", owner(**changes))
    result = apply(ALL, around)
    if is_taken:
        assert result.outcome is Outcome.DONE
        return
    failure = result.stacks[0].failure
    assert failure is not None and failure.exit_code == 7 and "infraops unlock" in failure.hint
    if why != "it is at work":
        held = holders(ALL, around)
        assert set(held) == {"local/a"}
        unlock(held, around)
        assert apply(ALL, around).outcome is Outcome.DONE


def test_what_was_replaced_before_the_kill_is_not_replaced_again(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    around = surroundings(root, tmp_path)
    apply(ALL, around)
    replaced = apply(
        Selection(environment="local", names=("c",)), around, replace=("module.service.terraform_data.value",)
    )
    assert replaced.counts.replace == 1
    again = resume(around, replaced.run)
    assert again.counts.total == 0
    assert outcomes(again) == {"c": Outcome.UNCHANGED}


def test_a_run_whose_stacks_have_left_cannot_go_on(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"a": blueprint("a"), "b": blueprint("b", parameters="{broken: true}")})
    around = surroundings(root, tmp_path)
    failed = apply(ALL, around)
    assert outcomes(failed) == {"a": Outcome.DONE, "b": Outcome.FAILED}
    assert outcomes(resume(around)) == {"a": Outcome.UNCHANGED, "b": Outcome.FAILED}
    (root / "blueprints/b.yaml").unlink()
    with pytest.raises(UsageError, match="no longer in the control repo"):
        resume(around, failed.run)
    with pytest.raises(UsageError, match="no such run"):
        resume(around, "19990101")
