"""Ctrl-C, as a terminal sends it: once ends cleanly, twice kills; the record says what happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands.estate import MODULE, blueprint, make_estate
from tests.scenario import environment_of
from tests.terminal import CTRL_C, infraops_on_terminal

SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "echo begun > ${path.root}/begun; if mkdir ${path.root}/../../../slept; then sleep 100; fi"
  }
}

resource "terraform_data" "later" {
  depends_on = [terraform_data.slow]

  provisioner "local-exec" {
    command = "echo begun > ${path.root}/later"
  }
}
"""
DEAF = """\
#!/bin/sh
# Stands in for a Terraform that does not end when it is asked to.
if [ "$1" = version ]; then
    echo '{"terraform_version": "1.15.0"}'
    exit
fi
trap '' INT
echo begun > begun
sleep 60
"""


@pytest.fixture
def slow_repo(tmp_path: Path) -> Path:
    root = make_estate(tmp_path / "repo", {"slow": blueprint("slow"), "next": blueprint("next", depends_on="[slow]")})
    (root / "catalog/trial/terraform/local/main.tf").write_text(MODULE + SLOW)
    return root


def start_apply(root: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start `infraops apply` and return it once Terraform is inside its slow step."""
    process = subprocess.Popen(
        [sys.executable, "-m", "infraops", "apply", "-e", "local", "--yes"],
        cwd=root,
        env=environment_of(root.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    stack = root / ".infraops/stacks/local/slow"
    wait_until_slow(stack, process)
    return process, stack


def wait_until_slow(stack: Path, process: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + 180
    while not (stack / "begun").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "Terraform never came to its slow step"
        time.sleep(0.05)


def infraops(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "infraops", *arguments]
    return subprocess.run(argv, cwd=root, env=environment_of(root.parent), capture_output=True, text=True, timeout=120)


def children_of(root: Path) -> list[str]:
    """Return the command lines of processes that work below `root`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if (entry / "cwd").readlink().is_relative_to(root):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def test_once_lets_terraform_finish_its_step_and_unlock(slow_repo: Path) -> None:
    process, stack = start_apply(slow_repo)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=180)
    assert process.returncode == 130, stderr
    assert "interrupted: work at hand is finished cleanly; Ctrl-C again kills it" in stderr
    assert "local/slow was interrupted at provision: " in stderr
    assert " failed" not in stderr
    table = {line.split()[0]: line.split()[1:6] for line in stdout.splitlines() if line.startswith("local/")}
    assert table["local/slow"][:2] == ["interrupted", "?"], "nobody knows how much of it was done"
    assert table["local/next"] == ["interrupted", "0", "0", "0", "0"]
    assert not (stack / "later").exists(), "Terraform went on after the interrupt"
    assert not children_of(slow_repo)
    runs = json.loads(infraops(slow_repo, "history", "--json").stdout)["runs"]
    assert [run["verdict"] for run in runs] == ["interrupted"]
    again = infraops(slow_repo, "apply", "-e", "local", "--yes", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["outcome"] == "done"


def test_twice_kills(slow_repo: Path) -> None:
    program = slow_repo / "deaf-terraform"
    program.write_text(DEAF)
    program.chmod(0o755)
    (slow_repo / "infraops.yaml").write_text(f"schema: infraops/v1\nterraform: {{program: {program}}}\n")
    process, _ = start_apply(slow_repo)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "Ctrl-C again kills it" not in process.stderr.readline():  # two at once might be heard as one
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=50)
    assert process.returncode == 130, stderr
    assert not children_of(slow_repo)


@pytest.mark.parametrize("columns", [60, 80])
def test_live_progress_leaves_nothing_behind(slow_repo: Path, columns: int) -> None:
    question = "Apply this in local? Only 'yes' goes on: "
    with infraops_on_terminal(slow_repo, "apply", columns=columns) as terminal:
        terminal.wait_for(question)
        terminal.type("yes\r")
        wait_until_slow(slow_repo / ".infraops/stacks/local/slow", terminal.process)
        terminal.wait_for("terraform_data.sl")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    lines = terminal.lines
    behind = lines[lines.index(f"{question}yes") + 1 :]
    said = " ".join(behind)
    assert said.startswith(
        "infraops: interrupted: work at hand is finished cleanly; Ctrl-C again kills it local/slow was"
    )
    assert not [line for line in behind if "^C" in line]
