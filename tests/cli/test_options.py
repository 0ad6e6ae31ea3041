"""Every option may be given by an environment variable, and no variable means two things."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from infraops.cli import program, run

WITHOUT = {  # each with the reason
    "--version": "set once and forgotten, it would take every command's place",
    "--install-completion": "it changes the user's shell",
    "--show-completion": "it would take every command's place",
    "inventory --list": "Ansible says it to inventory scripts; a variable would change what Ansible is answered",
    "inventory --host": "Ansible says it to inventory scripts; a variable would change what Ansible is answered",
}


def options(words: tuple[str, ...] = (), command: Any = None) -> Iterator[tuple[str, Any]]:
    """Walk over the options of the program and of all its commands, by the words that one types."""
    command = command or typer.main.get_command(program())
    for parameter in command.params:
        if parameter.param_type_name == "option":
            yield " ".join((*words, parameter.opts[0])), parameter
    for name, child in getattr(command, "commands", {}).items():
        yield from options((*words, name), child)


def test_the_walk_sees_options_of_groups_too() -> None:
    walked = {words for words, _ in options()}
    assert {"--version", "apply --yes", "apply --json", "ledger verify --head", "lab prune --bases"} <= walked


def test_every_option_has_a_variable() -> None:
    without = {words for words, option in options() if not option.envvar}
    assert without == WITHOUT.keys()


def test_variables_begin_alike_and_mean_one_thing() -> None:
    meanings: dict[str, set[str]] = {}
    for _, option in options():
        if option.envvar:
            meanings.setdefault(option.envvar, set()).add(option.opts[0])
    assert all(variable.startswith("INFRAOPS_") for variable in meanings)
    assert not {variable: found for variable, found in meanings.items() if len(found) > 1}


def test_variables_stand_for_their_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = tmp_path / "inventories" / "local" / "environment.yaml"
    environment.parent.mkdir(parents=True)
    environment.write_text("schema: infraops/v1\nname: local\nplatform: local\n")
    (tmp_path / "infraops.yaml").write_text("schema: infraops/v1\n")
    monkeypatch.setenv("INFRAOPS_TEMPLATE", "hello")
    monkeypatch.setenv("INFRAOPS_SET", "port=8099 message=Hello")
    assert run(["new", "page", "--chdir", str(tmp_path)]) == 0
    text = (tmp_path / "blueprints" / "page.yaml").read_text()
    assert "\n  port: 8099\n" in text
    assert "\n  message: Hello\n" in text


@pytest.mark.parametrize("word", sorted(typer.main.get_command(program()).commands))  # type: ignore[attr-defined]
def test_a_word_is_found_without_loading_the_others(word: str) -> None:
    """The table of which group has which word is written by hand."""
    alone = getattr(typer.main.get_command(program(word)), "commands", {})
    every = getattr(typer.main.get_command(program()), "commands", {})
    assert word in alone
    assert alone.keys() < every.keys()


def test_an_unknown_word_is_told_all_there_is() -> None:
    assert getattr(typer.main.get_command(program("aply")), "commands", {}).keys() > {"apply", "render", "doctor"}


@pytest.mark.parametrize("line", ["plan", "apply", "destroy", "forget", "drift", "review", "cost", "status", "history"])
def test_values_of_a_line_are_named_by_what_they_are(line: str) -> None:
    """Without a word of ours the help shows Python's: `--tag <list[str]>`."""
    taking = [(words, option) for words, option in options() if words.startswith(f"{line} ") and not option.is_flag]
    assert taking
    assert [words for words, option in taking if not option.metavar] == []
