"""Ctrl-C, as a terminal sends it: once ends cleanly, twice kills; the record says what happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.estate import MODULE, blueprint, make_estate
from tests.scenario import environment_of

SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "echo begun > ${path.root}/begun; sleep 2"
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
    deadline = time.monotonic() + 60
    while not (stack / "begun").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "Terraform never came to its slow step"
        time.sleep(0.05)
    return process, stack


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
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "interrupted: work at hand is finished cleanly" in stderr
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
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert not children_of(slow_repo)
