"""A team's ledger, from the command line: several checkouts and processes on one PostgreSQL database."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.estate import SETTINGS, blueprint, make_estate
from tests.ledger.places import OnServer
from tests.ledger.trees import opened
from tests.postgres import PASSWORD

MODULE = "catalog/trial/terraform/local/main.tf"
WAITING = """
resource "terraform_data" "wait" {
  count = var.value == "slow" ? 1 : 0
  provisioner "local-exec" {
    command = "touch WAITING; while test -e WAITING; do sleep 0.05; done"
  }
}
"""


@pytest.fixture
def url(on_server: OnServer) -> str:
    """The ledger as a user reaches it who may carry out runs and nothing else, with the password in the URL."""
    on_server.execute(
        "GRANT SELECT ON alembic_version TO jo",
        "GRANT SELECT, INSERT ON entries TO jo",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON proofs, claims TO jo",
    )
    return on_server.server.tcp_url(on_server.name, password=PASSWORD)


def checkout(root: Path, url: str, *stacks: str, slow: str = "") -> Path:
    blueprints = {name: blueprint(name, parameters="{value: slow}" if name == slow else "{}") for name in stacks}
    make_estate(root, blueprints)
    module = (root / MODULE).read_text() + WAITING.replace("WAITING", str(root / "waiting"))
    (root / MODULE).write_text(module)
    (root / "infraops.yaml").write_text(f"{SETTINGS}ledger: {url}\n")
    return root


IMPATIENT = """
import sys
from infraops import __main__
from infraops.ledger import database
database.PATIENCE_SECONDS = 1.0
sys.exit(__main__.main())
"""


def call(root: Path, *arguments: str, patient: bool = True) -> "subprocess.Popen[str]":
    home = root.parent / f"home-{root.name}"
    home.mkdir(exist_ok=True)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    argv = [sys.executable, *(("-m", "infraops") if patient else ("-c", IMPATIENT)), *arguments]
    return subprocess.Popen(argv, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(process: "subprocess.Popen[str]", exit_code: int = 0) -> str:
    """Wait for a command's end; returns what it wrote to stdout, or where it is to fail, to stderr."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == exit_code, err
    assert PASSWORD not in out + err
    return err if exit_code else out


def until_waiting(root: Path, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 180
    while not (root / "waiting").exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.05)


def test_two_checkouts_apply_side_by_side_and_read_one_record(tmp_path: Path, url: str, on_server: OnServer) -> None:
    first, second = checkout(tmp_path / "one", url, "a", "b"), checkout(tmp_path / "two", url, "c", "d")
    runs = [call(root, "apply", "-e", "local", "--yes") for root in (first, second)]
    for run in runs:
        answer(run)
    assert json.loads(answer(call(first, "ledger", "verify", "--json")))["ok"]
    told = json.loads(answer(call(second, "history", "--json")))
    assert "jo@127.0.0.1" not in json.dumps(told)
    with opened(on_server.location) as ledger:
        assert {stack for run in ledger.runs() for stack in run.stacks} == {f"local/{name}" for name in "abcd"}
        assert set(ledger.successes()) == {f"local/{name}" for name in "abcd"}
        assert ledger.claims.all() == {}
    written = {path for path in tmp_path.rglob("*") if path.is_file() and PASSWORD in path.read_text("latin1")}
    quoted = url.split(":")[2].split("@")[0]
    written |= {path for path in tmp_path.rglob("*") if path.is_file() and quoted in path.read_text("latin1")}
    assert written == {root / "infraops.yaml" for root in (first, second)}


def test_a_stack_that_another_checkout_works_on_is_left_to_it(tmp_path: Path, url: str) -> None:
    first, second = checkout(tmp_path / "one", url, "a", slow="a"), checkout(tmp_path / "two", url, "a")
    run = call(first, "apply", "-e", "local", "--yes")
    until_waiting(first, run)
    assert "is at work on it" in answer(call(second, "apply", "-e", "local", "--yes"), exit_code=7)
    (first / "waiting").unlink()
    answer(run)


def test_a_ledger_that_is_away_for_a_moment_is_waited_for(tmp_path: Path, url: str, on_server: OnServer) -> None:
    root = checkout(tmp_path / "one", url, "a", slow="a")
    run = call(root, "apply", "-e", "local", "--yes")
    until_waiting(root, run)
    on_server.server.stop()
    (root / "waiting").unlink()
    time.sleep(1)
    on_server.server.start()
    out, err = run.communicate(timeout=180)
    assert run.returncode == 0, err
    assert "ledger: postgresql://jo@127.0.0.1" in err and "out of reach, trying again" in err
    assert PASSWORD not in out + err
    with opened(on_server.location) as ledger:
        assert ledger.verify().ok
        assert set(ledger.successes()) == {"local/a"}


def test_a_ledger_that_stays_away_ends_the_run_and_the_next_one_goes_on(
    tmp_path: Path, url: str, on_server: OnServer
) -> None:
    root = checkout(tmp_path / "one", url, "a", "b", slow="a")
    run = call(root, "apply", "-e", "local", "--yes", patient=False)
    until_waiting(root, run)
    on_server.server.stop()
    try:
        (root / "waiting").unlink()
        said = answer(run, exit_code=1)
    finally:
        on_server.server.start()
    assert "the connection was lost" in said and "what was recorded stands" in said
    assert "Traceback" not in said
    answer(call(root, "apply", "-e", "local", "--yes"))
    told = answer(call(root, "history"))
    assert "killed" in told
    with opened(on_server.location) as ledger:
        assert ledger.verify().ok
        assert set(ledger.successes()) == {"local/a", "local/b"}


def test_a_ledger_of_another_kind_is_a_mistake_with_its_place(tmp_path: Path) -> None:
    root = checkout(tmp_path / "one", "mysql://jo:hunter2@db/ledger", "a")
    said = answer(call(root, "validate"), exit_code=64)
    assert 'infraops.yaml:2: ledger: "mysql" is no database that can hold it' in said
    assert "hunter2" not in said


def test_a_relative_path_begins_at_the_control_repo(tmp_path: Path) -> None:
    root = checkout(tmp_path / "one", "../kept/ledger.sqlite3", "a")
    answer(call(root, "plan", "-e", "local", "-C", str(root / "blueprints")))
    assert "plan" in answer(call(root, "history"))
    assert [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("ledger.sqlite3")] == ["kept"]
