"""What a shell is offered when the tab key is pressed: quick, without a word of complaint, and nothing is written."""

import json
from pathlib import Path

import pytest

from infraops.cli import run
from infraops.models.basics.workspace import workspace_of

NEWEST, OLDER = "20261121-230146-aaaa", "20261120-101010-bbbb"


def files_below(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*"))


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "INFRAOPS_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    root, home = tmp_path / "repo", tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    state = json.dumps({"version": 4, "outputs": {"hosts": {"value": {"web-01": {}, "web-02": {}}}}})
    states = workspace_of(root, {"HOME": str(home)}).terraform_state
    files = {
        root / "infraops.yaml": "schema: infraops/v1\ndefaults:\n  environment: local\n",
        root / "inventories/local/environment.yaml": "platform: local\n",
        root / "inventories/lab/environment.yaml": "broken: [\n",
        root / "blueprints/hello.yaml": "name: hello\nowner: team-a\nenvironments:\n  local: {}\n",
        root / "blueprints/shop/web.yaml": "name: 'shop-web'\nowner: team-b\nenvironments: {lab: {}}\nbroken: [\n",
        root / "catalog/queue/template.yaml": "schema: infraops/v1\nname: queue\n",
        root / f".infraops/runs/{OLDER}/local-hello.log": "",
        root / f".infraops/runs/{NEWEST}/lab-shop-web.log": "",
        states / "lab/shop-web.tfstate": state,
        states / "local/hello.tfstate": "no state",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(root)
    return root


class Offered:
    def __init__(self, repo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._repo, self._monkeypatch, self._capfd = repo, monkeypatch, capfd

    def for_(self, line: str) -> list[str]:
        before = files_below(self._repo.parent)
        words = f"infraops {line}".split(" ")
        self._monkeypatch.setenv("_INFRAOPS_COMPLETE", "complete_bash")
        self._monkeypatch.setenv("COMP_WORDS", " ".join(words))
        self._monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        assert run([]) == 0
        out, err = self._capfd.readouterr()
        assert err == ""
        assert files_below(self._repo.parent) == before
        return out.split()


@pytest.fixture
def offered(repo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Offered:
    return Offered(repo, monkeypatch, capfd)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("plan -e ", ["lab", "local"]),
        ("plan -e la", ["lab"]),
        ("plan ", ["hello", "shop-web"]),
        ("plan -e lab ", ["shop-web"]),
        ("apply -e lab sh", ["shop-web"]),
        ("apply --until pl", ["plan"]),
        ("apply -e lab --limit ", ["web-01", "web-02"]),
        ("ssh -e lab ", ["web-01", "web-02"]),
        ("ssh ", []),
        ("status --owner ", ["team-a", "team-b"]),
        ("template show ", ["database", "hello", "host-group", "network", "object-storage", "queue", "web-service"]),
        ("new x --template q", ["queue"]),
        ("new x -e ", ["lab", "local"]),
        ("logs ", [NEWEST, OLDER]),
        ("history 20261120", [OLDER]),
        ("logs --stack ", ["lab-shop-web", "local-hello"]),
        ("schema b", ["blueprint"]),
    ],
)
def test_words_are_offered(offered: Offered, line: str, words: list[str]) -> None:
    assert offered.for_(line) == words


@pytest.mark.parametrize("line", ["plan -e ", "plan ", "ssh ", "logs ", "template show ", "logs --stack "])
def test_outside_a_control_repo_nothing_is_offered_and_nothing_said(
    offered: Offered, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered.for_(line) == []


def test_the_directory_that_was_named_counts(
    offered: Offered, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered.for_(f"plan -C {repo} -e ") == ["lab", "local"]


def test_two_environments_are_refused(repo: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "-e", "lab", "-e", "local"]) == 64
    assert "a run is about one environment" in capfd.readouterr().err
