"""The reference pages say what the models say."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from docs import reference
from docs.reference_commands import MEANINGS, all_commands
from docs.reference_documents import ALIKE, IN_WORDS, documents, schemas_of_commands
from infraops.cli import run
from infraops.errors import Exit
from infraops.views.documents import plain
from tests.docs.markdown import ROOT

HELLO = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/local/environment.yaml": "schema: infraops/v1\nname: local\nplatform: local\n",
    "blueprints/hello.yaml": "schema: infraops/v1\nname: hello\ntemplate: hello@1.0\nowner: us\n"
    "environments: {local: {}}\n",
}


def test_the_pages_are_up_to_date() -> None:
    assert reference.outdated() == [], "run `python -m docs.reference`"


def test_a_page_that_is_out_of_date_is_named(tmp_path: Path) -> None:
    for name, text in reference.pages().items():
        (tmp_path / name).write_text(text)
    assert reference.outdated(tmp_path) == []
    (tmp_path / "settings.md").write_text("old")
    (tmp_path / "blueprint.md").unlink()
    (tmp_path / "gone.md").write_text("of a model that is gone")
    assert reference.outdated(tmp_path) == ["blueprint.md", "gone.md", "settings.md"]


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)


def test_every_command_has_help_and_an_example() -> None:
    for words, command in all_commands().items():
        assert command.help, words
        assert f"Example: infraops {words}" in command.help, words


def test_every_document_is_described() -> None:
    described = documents().keys() | ALIKE.keys() | IN_WORDS.keys()
    printed = {schema for schemas in schemas_of_commands().values() for schema in schemas}
    assert printed <= described
    assert schemas_of_commands().keys() == all_commands().keys()


@pytest.mark.parametrize(
    "words",
    ["plan", "cost", "status", "output", "history", "history RUN", "logs", "ledger verify", "validate", "schema"],
)
def test_real_documents_have_the_keys_of_the_page(
    words: str, planned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(planned)
    newest = max(path.name for path in (planned / ".infraops" / "runs").iterdir())
    arguments = [newest if word == "RUN" else word for word in words.split()]
    assert run([*arguments, "--json", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    _, content = documents()[document["schema"]]
    assert_fits(document, {"schema": "", **plain(content)}, "document")


def test_errors_have_the_keys_of_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infraops.yaml").write_text("schema: infraops/v1\nledgr: x\n")
    assert run(["validate", "--json"]) == Exit.USAGE
    document = json.loads(capsys.readouterr().out)
    assert_fits(document, {"schema": "", **documents()["infraops/error/v1"][1]}, "document")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A control repo with one stack that was planned once; nothing of the user's own is touched."""
    home = tmp_path_factory.mktemp("home")
    repo = home / "repo"
    for name, text in HELLO.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.delenv("XDG_STATE_HOME", raising=False)
        patch.delenv("XDG_CACHE_HOME", raising=False)
        assert run(["plan", "--quiet", "--chdir", str(repo)]) == 0
        yield repo


def assert_fits(found: Any, sample: Any, at: str) -> None:
    """Compare keys all the way down; mappings with free keys and what is not there (null, empty) fit."""
    if sample == "any value":
        return
    if isinstance(found, dict) and isinstance(sample, dict):
        free = sample.keys() == {"name"}
        assert free or found.keys() == sample.keys(), at
        for key, value in found.items():
            assert_fits(value, sample["name"] if free else sample[key], f"{at}.{key}")
    elif isinstance(found, list):
        assert isinstance(sample, list), at
        for value in found if sample else ():
            assert_fits(value, sample[0], f"{at}[]")
    elif found is not None:
        assert not isinstance(sample, Mapping | list), at


def test_make_docs_runs_the_check() -> None:
    assert "python -m docs.reference --check" in (ROOT / "Makefile").read_text()
