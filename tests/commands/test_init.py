"""`infraops init`: what is there stays as it is, and a place that cannot be one is refused in a line."""

import shlex
from pathlib import Path

import pytest

from infraops.cli import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


def init(directory: Path, capsys: pytest.CaptureFixture[str], *, exit_code: int = 0) -> str:
    assert run(["init", str(directory), "--no-git"]) == exit_code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.out + captured.err


def test_files_that_are_there_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    said = init(tmp_path, capsys)
    assert (tmp_path / "README.md").read_text() == "mine\n"
    assert (tmp_path / ".gitignore").read_text() == "*.log\n"
    assert "left as they were: .gitignore, README.md" in said
    assert "add .infraops/ to .gitignore" in said
    assert run(["validate", "-C", str(tmp_path)]) == 0


@pytest.mark.parametrize("line", [".infraops/", "/.infraops", ".infraops"])
def test_a_gitignore_that_will_do_is_not_spoken_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    (tmp_path / ".gitignore").write_text(f"*.log\n{line}\n")
    assert "add .infraops/" not in init(tmp_path, capsys)


def test_the_next_command_can_be_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "our services"
    (line,) = [line for line in init(directory, capsys).splitlines() if line.startswith("next: ")]
    assert shlex.split(line)[1:3] == ["cd", str(directory)]


def test_a_control_repo_inside_another_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "inside another control repo" not in init(tmp_path / "outer", capsys)
    assert f"inside another control repo, {tmp_path / 'outer'};" in init(tmp_path / "outer" / "inner", capsys)


def test_a_file_is_no_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "infraops.txt"
    file.write_text("")
    assert f"{file} is a file" in init(file, capsys, exit_code=64)
    assert f"{file} is a file" in init(file / "below", capsys, exit_code=64)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "playbooks").write_text("")
    assert "playbooks is a file" in init(tmp_path / "half", capsys, exit_code=64)
    assert [path.name for path in (tmp_path / "half").iterdir()] == ["playbooks"]


def test_where_nothing_can_be_made_the_path_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = init(Path("/proc/nope"), capsys, exit_code=1)
    assert "error: making a control repo in /proc/nope: /proc/nope/" in said
    assert "cannot be written: no such file or directory" in said


def test_a_control_repo_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    assert "there is an infraops.yaml already" in init(tmp_path, capsys, exit_code=64)
