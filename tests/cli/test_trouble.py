"""What the system refuses an operator is told in one line with the path, and never as a bug."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infraops.cli import run

FULL = Path("/dev/full")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert run(["init", str(tmp_path / "repo"), "--no-git"]) == 0
    return tmp_path / "repo"


def infraops(repo: Path, line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("infraops", f"{sys.executable} -m infraops", 1)
    return subprocess.run(
        ["bash", "-c", line], cwd=repo, env={**os.environ, **environ}, capture_output=True, text=True, timeout=120
    )


@pytest.mark.skipif(not FULL.exists(), reason="a device that is always full is Linux' own")
@pytest.mark.parametrize("line", ["status", "status --json", "template list", "validate", "schema blueprint"])
def test_a_full_disk_behind_stdout(repo: Path, line: str) -> None:
    done = infraops(repo, f"infraops {line} > {FULL}")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: writing to stdout: no space left on device",
        "  hint: make room there",
    ]


def test_a_reader_that_went_away_is_no_trouble(repo: Path) -> None:
    done = infraops(repo, "infraops schema blueprint | head -1")
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("XDG_CACHE_HOME", "infraops status -e lab"),
        ("XDG_CACHE_HOME", "infraops plan -e lab --quiet"),
        ("XDG_STATE_HOME", "infraops plan --quiet"),
    ],
)
def test_a_file_where_a_directory_should_be(repo: Path, tmp_path: Path, variable: str, line: str) -> None:
    assert run(["new", "group", "-t", "host-group", "-e", "lab", "-C", str(repo)]) == 0
    file = tmp_path / "file"
    file.write_text("")
    done = infraops(repo, line, **{variable: str(file)})
    assert done.returncode == 1
    error, hint = done.stderr.splitlines()
    assert error.startswith(("error: ", "lab/group failed at "))
    assert str(file) in error
    assert "not a directory" in error.lower()
    assert hint.startswith("  hint: ")


def test_a_directory_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "-C", str(tmp_path / "nope")]) == 64
    assert f"there is no directory {tmp_path / 'nope'}" in capsys.readouterr().err
