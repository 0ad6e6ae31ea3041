"""`infraops new`: what is given on the command line is read as in a file."""

from pathlib import Path

import pytest

from infraops.cli import run

FILES = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/lab/environment.yaml": "schema: infraops/v1\nname: lab\nplatform: lab\n",
    "catalog/words/template.yaml": "schema: infraops/v1\nname: words\nversion: '1.0'\nsummary: Words.\n"
    "parameters:\n  answer: {type: string}\n  day: {type: string}\n  hosts: {type: integer}\n",
    "catalog/words/terraform/lab/main.tf": 'variable "answer" {}\nvariable "day" {}\nvariable "hosts" {}\n',
}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def new(repo: Path, *settings: str) -> int:
    given = [word for setting in settings for word in ("--set", setting)]
    return run(["new", "page", "--template", "words", *given, "--chdir", str(repo)])


def test_values_mean_what_they_mean_in_a_file(repo: Path) -> None:
    assert new(repo, "answer=no", "day=2026-01-01", "hosts=3") == 0
    text = (repo / "blueprints" / "page.yaml").read_text()
    assert '\n  answer: "no"\n' in text
    assert '\n  day: "2026-01-01"\n' in text
    assert "\n  hosts: 3\n" in text


def test_values_that_a_file_may_not_hold_are_refused(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(repo, "answer=0755") == 64
    said = " ".join(capsys.readouterr().err.split())
    assert "reading the value of answer: the number starts with a zero" in said
    assert "put it in quotes" in said
    assert not (repo / "blueprints").exists()
