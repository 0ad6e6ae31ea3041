import os
import re
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest

from infraops.controlrepo.parameters.secrets import resolve
from infraops.errors import InfraOpsError
from infraops.models.stacks.stack import SecretReference


def look_up(tmp_path: Path, text: str, **environ: str) -> str:
    scheme, _, name = text.partition(":")
    return resolve(
        SecretReference(scheme, name), root=tmp_path, generated=tmp_path / "state" / "secrets" / "lab", environ=environ
    )


def refusal(tmp_path: Path, text: str, **environ: str) -> InfraOpsError:
    with pytest.raises(InfraOpsError) as caught:
        look_up(tmp_path, text, **environ)
    return caught.value


def test_env_is_looked_up_in_the_environment_given(tmp_path: Path) -> None:
    assert look_up(tmp_path, "env:TOKEN", TOKEN="s3cret") == "s3cret"
    assert refusal(tmp_path, "env:TOKEN").problem == "the environment variable TOKEN is not set"
    assert refusal(tmp_path, "env:TOKEN", TOKEN="").problem == "the environment variable TOKEN is empty"
    assert refusal(tmp_path, "env:TOKEN").doing == "looking up the secret env:TOKEN"


@pytest.mark.parametrize(("content", "value"), [(b"x\n", "x"), (b"x", "x"), (b"x\r\n", "x"), (b" x \n\n", " x \n")])
def test_one_line_end_is_taken_off_files(tmp_path: Path, content: bytes, value: str) -> None:
    (tmp_path / "key").write_bytes(content)
    assert look_up(tmp_path, "file:key") == value
    assert look_up(tmp_path / "elsewhere", f"file:{tmp_path}/key") == value
    assert look_up(tmp_path / "elsewhere", "file:~/key", HOME=str(tmp_path)) == value


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "there is no file"), (b"", "is empty"), (b"\n", "is empty"), (b"s3cret\xff", "is not UTF-8")],
)
def test_files_that_hold_no_secret_are_refused(tmp_path: Path, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    error = refusal(tmp_path, "file:key")
    assert problem in error.problem
    assert str(tmp_path / "key") in error.hint
    assert "s3cret" not in "".join(error.args)
    assert error.__cause__ is None, "a cause would carry the content"


def test_a_directory_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    assert "there is no file" in refusal(tmp_path, "file:key").problem


def test_generated_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    value = look_up(tmp_path, "generated:shop-db")
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", value)
    assert look_up(tmp_path, "generated:shop-db") == value
    assert look_up(tmp_path, "generated:other") != value
    directory = tmp_path / "state" / "secrets" / "lab"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {
        "shop-db": 0o600,
        "other": 0o600,
    }


def test_processes_side_by_side_agree_on_one_value(tmp_path: Path) -> None:
    with get_context("fork").Pool(4) as pool:
        values = pool.starmap(look_up, [(tmp_path, f"generated:key-{number % 3}") for number in range(24)], 1)
    assert len(set(values)) == 3
    assert len(list((tmp_path / "state" / "secrets" / "lab").iterdir())) == 3, "nothing half made is left"


def test_a_generated_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    look_up(tmp_path, "generated:key")
    path = tmp_path / "state" / "secrets" / "lab" / "key"
    path.chmod(0o644)
    error = refusal(tmp_path, "generated:key")
    assert "can be read by others (mode 0644)" in error.problem
    assert path.read_text() not in f"{error.problem}{error.hint}"


def test_an_emptied_generated_secret_is_refused_rather_than_made_anew(tmp_path: Path) -> None:
    look_up(tmp_path, "generated:key")
    os.truncate(tmp_path / "state" / "secrets" / "lab" / "key", 0)
    assert "is empty" in refusal(tmp_path, "generated:key").problem


def test_a_link_in_the_place_of_a_generated_secret_is_not_followed(tmp_path: Path) -> None:
    directory = tmp_path / "state" / "secrets" / "lab"
    directory.mkdir(parents=True)
    (tmp_path / "other").write_text("planted")
    (directory / "key").symlink_to(tmp_path / "other")
    assert "cannot be kept" in refusal(tmp_path, "generated:key").problem


@pytest.mark.parametrize("text", ["generated:../key", "generated:", "generated:..", "generated:/etc/passwd", "vault:x"])
def test_references_that_lead_elsewhere_are_refused(tmp_path: Path, text: str) -> None:
    refusal(tmp_path, text)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    assert "cannot be kept" in refusal(tmp_path, "generated:key").problem
