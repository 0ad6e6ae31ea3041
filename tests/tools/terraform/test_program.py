"""The pinned program and nothing else; fakes are small programs that note their calls."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.models.files.settings import TerraformPin
from infraops.tools.terraform.program.embedded import library
from infraops.tools.terraform.program.pinned import Program, detect, find_program, refuse_without_lock_files


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    directory = tmp_path / "bin"
    directory.mkdir()
    return directory


@pytest.fixture
def path_only(programs: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """An environment in which only the fakes are on PATH."""
    return {**environ, "PATH": str(programs)}


def fake(directory: Path, name: str, version: str, *, answer: str | None = None) -> Path:
    """Make a program that answers `version -json` and notes each call in `<name>.calls`."""
    source = directory / f"{name}.c"
    said = (answer if answer is not None else f'{{"terraform_version": "{version}"}}').replace('"', '\\"')
    # A compiled one, as version switchers, which are scripts, are asked every time.
    source.write_text(
        "#include <stdio.h>\n"
        f'int main(void) {{ FILE *f = fopen("{directory}/{name}.calls", "a"); fputs("x", f); fclose(f);'
        f' puts("{said}"); return 0; }}\n'
    )
    finished = processes.run(["cc", "-o", str(directory / name), str(source)], env=dict(os.environ))
    if finished.exit_code != 0:
        pytest.skip("no C compiler")
    return directory / name


def calls(program: Path) -> int:
    return len(program.with_name(f"{program.name}.calls").read_text())


def test_the_version_is_asked_once_for_as_long_as_the_file_stays_the_same(
    programs: Path, path_only: Mapping[str, str]
) -> None:
    program = fake(programs, "terraform", "1.9.2")
    pin = TerraformPin(program="terraform")
    assert [find_program(pin, path_only).version for _ in range(3)] == ["1.9.2"] * 3
    assert calls(program) == 1
    os.utime(program, (1, 1))
    assert find_program(pin, path_only).argv == (str(program),)
    assert calls(program) == 2


def test_a_version_switcher_is_asked_every_time(programs: Path, path_only: Mapping[str, str]) -> None:
    program = programs / "terraform"
    for version in ("1.9.2", "1.8.0"):
        program.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
        program.chmod(0o755)
        os.utime(program, (1, 1))
        assert find_program(TerraformPin(program="terraform"), path_only).version == version


@pytest.mark.parametrize("pinned", ["1.9", "1.9.2"])
def test_the_pinned_version_is_taken(programs: Path, path_only: Mapping[str, str], pinned: str) -> None:
    fake(programs, "tofu", "1.9.2")
    assert find_program(TerraformPin(program="tofu", version=pinned), path_only).version == "1.9.2"


@pytest.mark.parametrize("pinned", ["1.1", "1.90", "1.9.20", "2.9"])
def test_another_version_is_refused(programs: Path, path_only: Mapping[str, str], pinned: str) -> None:
    fake(programs, "terraform", "1.9.2")
    with pytest.raises(InfraOpsError, match=f"pins version {pinned}, .*/terraform is 1.9.2") as caught:
        find_program(TerraformPin(program="terraform", version=pinned), path_only)
    assert "terraform.version" in caught.value.hint


def test_a_version_that_is_too_old_is_refused(programs: Path, path_only: Mapping[str, str]) -> None:
    fake(programs, "terraform", "1.4.6")
    with pytest.raises(InfraOpsError, match=r"infraops needs 1\.5 or newer"):
        find_program(TerraformPin(program="terraform"), path_only)


@pytest.mark.parametrize("name", ["terraform", "/nonexistent/terraform"])
def test_a_program_that_is_not_there_is_refused(path_only: Mapping[str, str], name: str) -> None:
    with pytest.raises(InfraOpsError) as caught:
        find_program(TerraformPin(program=name), path_only)
    assert name in str(caught.value)
    assert "embedded" in caught.value.hint


@pytest.mark.parametrize("answer", ["Terraform v1.9", "[]", "{}"])
def test_a_program_that_is_no_terraform_is_refused(programs: Path, path_only: Mapping[str, str], answer: str) -> None:
    program = fake(programs, "terraform", "", answer=answer)
    with pytest.raises(InfraOpsError, match=f"{program} does not answer"):
        find_program(TerraformPin(program="terraform"), path_only)


def test_an_absolute_path_is_a_program(programs: Path, environ: Mapping[str, str]) -> None:
    program = fake(programs, "my-terraform", "1.9.2")
    assert find_program(TerraformPin(program=str(program)), environ).argv == (str(program),)


def test_detection_prefers_terraform_then_tofu_then_the_embedded_one(
    programs: Path, path_only: Mapping[str, str]
) -> None:
    if library() is not None:
        assert detect(path_only).program == "embedded"
    fake(programs, "tofu", "1.10.0")
    assert detect(path_only) == TerraformPin(program="tofu", version="1.10")
    fake(programs, "terraform", "1.9.2")
    assert detect(path_only) == TerraformPin(program="terraform", version="1.9")


def test_a_home_that_cannot_be_written_costs_only_time(programs: Path, path_only: Mapping[str, str]) -> None:
    program = fake(programs, "terraform", "1.9.2")
    environ = {**path_only, "XDG_CACHE_HOME": "/proc/nowhere"}
    for _ in range(2):
        assert find_program(TerraformPin(program="terraform"), environ).version == "1.9.2"
    assert calls(program) == 2


@pytest.mark.skipif(library() is None, reason="the embedded Terraform is not installed")
def test_the_embedded_program_behaves_as_terraform_does(tmp_path: Path, environ: Mapping[str, str]) -> None:
    program = find_program(TerraformPin(), environ)
    assert program.argv[0] == sys.executable

    def terraform(*arguments: str) -> processes.Finished:
        return processes.run([*program.argv, *arguments], cwd=tmp_path, env=environ)

    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "main.tf").write_text('resource "terraform_data" "it" {\n}\n')
    (tmp_path / "json.py").write_text("raise SystemExit('code was imported from the working directory')\n")
    changes = terraform("-chdir=elsewhere", "plan", "-detailed-exitcode", "-json")
    assert (changes.exit_code, changes.stderr) == (2, "")
    assert all(line.startswith("{") for line in changes.stdout.splitlines())
    wrong = terraform("-chdir=elsewhere", "plan", "-nonsense")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "flag provided but not defined: -nonsense" in wrong.stderr
    assert terraform("fmt", "-check", "-no-such-é").exit_code == 1


def test_lock_files_in_s3_need_a_program_that_knows_them() -> None:
    old, new = (Program("terraform", ("terraform",), version) for version in ("1.9.8", "1.10.0"))
    with pytest.raises(InfraOpsError, match=r"from version 1\.10 on, and terraform is 1\.9\.8"):
        refuse_without_lock_files(old, {"use_lockfile": "true"}, "trying")
    refuse_without_lock_files(old, {"use_lockfile": "false"}, "trying")
    refuse_without_lock_files(new, {"use_lockfile": "true"}, "trying")
