"""`infraops new`: what is given on the command line is read as in a file."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from infraops.cli import run
from infraops.commands.new import new as new_blueprint
from infraops.errors import InvalidInput, Mistake
from infraops.models.files.template import Parameter
from infraops.models.stacks.stack import Template
from tests.commands.estate import surroundings

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
    assert "--set answer: the number starts with a zero" in said
    assert "put it in quotes" in said
    assert not (repo / "blueprints").exists()


class Answers:
    """An interview whose answers are known before; what was said to be wrong is taken down."""

    def __init__(self, *answers: str) -> None:
        self._answers: Iterator[str] = iter(answers)
        self.asked: list[str] = []
        self.wrong: list[str] = []

    def template(self, templates: Sequence[Template]) -> str:
        self.asked.append(" ".join(template.file.name for template in templates))
        return next(self._answers)

    def value(self, name: str, parameter: Parameter, wrong: Sequence[Mistake]) -> str:
        self.asked.append(name)
        self.wrong += [f"{mistake.problem}; {mistake.hint}" for mistake in wrong]
        return next(self._answers)


def test_each_answer_is_checked_at_once_and_none_is_lost(repo: Path, tmp_path: Path) -> None:
    answers = Answers("database", "shop", "", "Shop", "shop", "secret", "generated:shop_db")
    around = surroundings(repo, tmp_path / "home")
    path = new_blueprint("data", around, template=None, owner="us", environments=("lab",), interview=answers)
    assert answers.asked == [
        "database hello host-group network object-storage web-service words",
        "database",
        "user",
        "user",
        "user",
        "password",
        "password",
    ]
    assert answers.wrong[0] == "it is required; type a value"
    assert answers.wrong[1].startswith("expected text that matches")
    assert "write env:NAME, file:path or generated:name" in answers.wrong[2]
    text = (repo / path).read_text()
    assert "\n  user: shop\n" in text
    assert '\n  password: "generated:shop_db"\n' in text or "\n  password: generated:shop_db\n" in text


def test_a_person_is_asked_on_a_terminal(repo: Path) -> None:
    terminal, end = pty.openpty()
    os.write(terminal, b"nonsense\ndatabase\nshop\nshop\nsecret\ngenerated:shop\n")
    argv = [sys.executable, "-m", "infraops", "new", "data", "-e", "lab"]
    try:
        done = subprocess.run(argv, cwd=repo, stdin=end, capture_output=True, text=True, timeout=60)
    finally:
        os.close(end)
        os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "blueprints/data.yaml written; `infraops plan data -e lab` shows what it would do\n"
    assert 'there is no template "nonsense"' in done.stderr
    assert "database (string): Name of the database.\ndatabase = " in done.stderr
    assert "generated:NAME (infraops makes it and keeps it), env:NAME or file:PATH\npassword = " in done.stderr


def test_mistakes_point_to_what_was_typed(repo: Path, tmp_path: Path) -> None:
    around = surroundings(repo, tmp_path / "home")
    with pytest.raises(InvalidInput) as caught:
        new_blueprint("page", around, template="words", owner="us", settings=("hosts=many", "hots=3"))
    assert [(str(mistake.place), mistake.problem) for mistake in caught.value.mistakes] == [
        ("--set hosts", 'expected an integer, found "many"'),
        ("--set hots", 'unknown parameter "hots" of template words@1.0'),
    ]
    with pytest.raises(InvalidInput) as caught:
        new_blueprint("Page", around, template="words", owner="", settings=("hosts=3",))
    assert [str(mistake.place) for mistake in caught.value.mistakes] == ["NAME", "--owner"]
    assert not list((repo / "blueprints").iterdir())


def test_where_a_template_has_no_module_the_environments_that_fit_are_named(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = repo / "inventories" / "local" / "environment.yaml"
    environment.parent.mkdir()
    environment.write_text("schema: infraops/v1\nname: local\nplatform: local\n")
    (repo / "infraops.yaml").write_text("schema: infraops/v1\ndefaults: {environment: local}\n")
    assert new(repo) == 64
    assert "hint: say where it runs: -e lab\n" in capsys.readouterr().err
