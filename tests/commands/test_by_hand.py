"""`infraops exec`: one stack by hand, from a shell, with real Terraform."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.history import history, run_entries
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.runs import CommandEnded, CommandStarted
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import Outcome
from tests import forked
from tests.commands.estate import MODULE, TEMPLATE, blueprint, make_estate, surroundings
from tests.commands.test_renaming import shell, state
from tests.commands.test_resume import owner
from tests.terminal import CTRL_C, infraops_on_terminal

ALL = Selection(environment="local")
ADDRESS = "module.service.terraform_data.value"


def estate(tmp_path: Path) -> tuple[Path, Surroundings]:
    blueprints = {
        "a": blueprint("a", parameters="{value: mine, token: env:TOKEN}"),
        "b": blueprint("b", parameters="{token: env:TOKEN}", inputs="{follows: a.id}"),
    }
    root = make_estate(tmp_path / "repo", blueprints)
    token = "parameters:\n  token: {type: string, sensitive: true, used_by: [terraform]}\n"
    (root / "catalog/trial/template.yaml").write_text(TEMPLATE.replace("parameters:\n", token))
    variable = 'variable "token" {\n  type      = string\n  sensitive = true\n}\n\n'
    (root / "catalog/trial/terraform/local/main.tf").write_text(variable + MODULE)
    around = surroundings(root, tmp_path)
    environ = {**around.environ, "TOKEN": "hunter22"}
    around = Surroundings(root, environ, around.report, around.ask)
    assert apply(ALL, around).counts.create == 2
    return root, around


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what stands in for a shell hand the secret on."""
    monkeypatch.setenv("TOKEN", "hunter22")


def execute(
    root: Path, home: Path, *words: str, stdin: str | None = None, token: str = "hunter22"
) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "200"}
    environ |= {"TOKEN": token} if token else {}
    return forked.infraops("exec", *words, cwd=root, env=environ, stdin=stdin or "", timeout=120)


def commands(run: str, around: Surroundings) -> list[CommandStarted | CommandEnded]:
    _, entries = run_entries(run, around)
    return [entry.payload for entry in entries if isinstance(entry.payload, CommandStarted | CommandEnded)]


def test_terraform_is_the_pinned_program_on_the_stacks_own_state(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    before = state(around, "a").read_bytes()
    listed = execute(root, tmp_path, "a", "--", "terraform", "state", "list")
    assert (listed.returncode, listed.stdout) == (0, f"{ADDRESS}\n"), listed.stderr
    copies = sorted(state(around, "a").with_name("a.backups").glob("*.tfstate"))
    assert f"its state is copied to {copies[-1]}" in listed.stderr
    assert copies[-1].read_bytes() == before
    again = execute(root, tmp_path, "a", "--", "terraform", "state", "list")
    assert f"its state is copied to {copies[-1]}" in again.stderr, "one copy of it is enough"
    (run, *_) = history(around)
    begun, ended = commands(run.record.id, around)
    assert begun == CommandStarted(("terraform", "state", "list"), str(copies[-1]), may_change=False)
    assert isinstance(ended, CommandEnded) and ended.exit_code == 0
    assert (run.record.command, run.record.outcome) == ("exec", Outcome.DONE)
    assert run.record.stacks == {"local/a": Outcome.DONE}
    shown = shell(root, tmp_path, "history", run.record.id).stdout
    assert "terraform state list" in shown and "exit 0" in shown
    assert plan(ALL, around).stacks[0].proven_by, "to look changes nothing that is proven"


def test_values_are_handed_over_and_not_written_down(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    planned = execute(root, tmp_path, "b", "--", "terraform", "plan", "-no-color")
    assert planned.returncode == 0, planned.stderr
    assert "No changes" in planned.stdout
    script = 'echo "$TF_VAR_token hunter22"; terraform state list; pwd; exit 9'
    scripted = execute(root, tmp_path, "a", "--", "sh", "-c", script)
    assert scripted.returncode == 9
    assert scripted.stdout == f"hunter22 hunter22\n{ADDRESS}\n{root / '.infraops/stacks/local/a'}\n"
    execute(root, tmp_path, "a", "--", "terraform", "plan", "-var", "value=sesame", "-var=follows=sesame", "-no-color")
    told = [each.argv for run in history(around) for each in commands(run.record.id, around) if hasattr(each, "argv")]
    assert any(argv[-1].startswith('echo "$TF_VAR_token (sensitive)"') for argv in told)
    assert ("terraform", "plan", "-var", "value=…", "-var=follows=…", "-no-color") in told
    assert b"hunter22" not in b"".join(file.read_bytes() for file in root.rglob(".infraops/runs/*/*") if file.is_file())


def test_what_may_change_something_ends_the_proof(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    removed = execute(root, tmp_path, "a", "--", "terraform", "state", "rm", ADDRESS)
    assert removed.returncode == 0, removed.stderr
    assert state(around, "a").stat().st_mode & 0o777 == 0o600
    looked = plan(Selection(environment="local", names=("a",)), around)
    assert not looked.stacks[0].proven_by and looked.counts == Counts(create=1)
    (copy, *_) = sorted(state(around, "a").with_name("a.backups").glob("*.tfstate"), reverse=True)
    pushed = execute(root, tmp_path, "a", "--", "terraform", "state", "push", "-force", str(copy))
    assert pushed.returncode == 0, pushed.stderr
    assert plan(Selection(environment="local", names=("a",)), around).counts == Counts()


def test_terraform_may_ask_and_reads_what_is_typed(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    (root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: other, token: env:TOKEN}"))
    done = execute(root, tmp_path, "a", "--", "terraform", "apply", "-no-color", stdin="yes\n")
    assert "1 changed" in done.stdout, done.stdout + done.stderr
    console = execute(root, tmp_path, "a", "--", "terraform", "console", stdin="1 + 2\n")
    assert console.stdout.strip() == "3"
    assert plan(Selection(environment="local", names=("a",)), around).counts == Counts()


def test_a_stack_at_work_is_not_touched(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    other: Owner = owner(host="elsewhere")
    with open_repo_ledger(open_repo(around), around) as ledger:
        ledger.claims.take("local/a", other)
    refused = execute(root, tmp_path, "a", "--", "touch", str(tmp_path / "touched"))
    assert refused.returncode == 7
    assert not (tmp_path / "touched").exists()
    (run, *_) = history(around)
    assert run.record.exit_code == 7
    with open_repo_ledger(open_repo(around), around) as ledger:
        ledger.claims.release(other.run)
        assert execute(root, tmp_path, "a", "--", "true").returncode == 0
        assert ledger.claims.all() == {}


def test_mistakes_are_answered(tmp_path: Path) -> None:
    root, _ = estate(tmp_path)
    for words, answer in {
        ("a",): "put it behind two hyphens: infraops exec a -- terraform state list",
        ("nobody", "--", "true"): 'no blueprint "nobody" is deployed there',
        ("*", "--", "true"): "stands for 2 stacks: local/a, local/b",
        ("elsewhere/a", "--", "true"): 'there is no environment "elsewhere"',
        ("local/a", "--", "no-such-program"): "no such file or directory",
    }.items():
        refused = execute(root, tmp_path, *words)
        assert refused.returncode == 64, refused.stderr
        assert answer in refused.stderr


def test_a_missing_secret_or_input_does_not_hold_anybody_back(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    state(around, "a").unlink()
    listed = execute(root, tmp_path, "b", "--", "terraform", "state", "list", token="")
    assert (listed.returncode, listed.stdout) == (0, f"{ADDRESS}\n"), listed.stderr
    assert "without its secrets" in listed.stderr
    assert "without the input follows: local/a has no output id yet" in listed.stderr


def test_a_workspace_that_was_chosen_is_left_again(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    chosen = execute(root, tmp_path, "a", "--", "terraform", "workspace", "new", "other")
    assert chosen.returncode == 0, chosen.stderr
    assert "the workspace is the default one again" in chosen.stderr
    assert plan(ALL, around).counts == Counts()


def test_a_signal_ends_the_command_and_not_the_record(tmp_path: Path) -> None:
    root, around = estate(tmp_path)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TOKEN": "hunter22"}
    argv = [sys.executable, "-m", "infraops", "exec", "a", "--", "sh", "-c", f"touch {tmp_path}/begun; exec sleep 60"]
    process = subprocess.Popen(argv, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 180
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    (run, *_) = history(around)
    assert run.record.exit_code == 128 + signal.SIGTERM
    with open_repo_ledger(open_repo(around), around) as ledger:
        assert ledger.claims.all() == {} and ledger.verify().ok


def test_the_command_has_the_terminal_and_hears_one_interrupt(tmp_path: Path) -> None:
    root, _ = estate(tmp_path)
    script = "trap 'echo heard it; exit 3' INT; test -t 0 && test -t 1 && echo a terminal; sleep 60 & wait"
    with infraops_on_terminal(root, "exec", "a", "--", "sh", "-c", script) as terminal:
        terminal.wait_for("a terminal")
        terminal.type(CTRL_C)
        assert terminal.end() == 3
    assert terminal.written.count("heard it") == 1
    assert "interrupted" not in terminal.written
