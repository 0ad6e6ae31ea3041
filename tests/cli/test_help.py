"""The program's own help, as it stands on a terminal of 80 columns."""

import typer.main
from typer.testing import CliRunner

from infraops.cli import program
from infraops.cli.headings import HEADINGS


def shown(*words: str) -> list[str]:
    _, *lines = CliRunner(env={"COLUMNS": "80"}).invoke(program(), [*words, "--help"]).stdout.splitlines()
    return lines


def test_every_command_stands_under_one_heading() -> None:
    under = [name for names in HEADINGS.values() for name in names]
    assert sorted(under) == sorted(typer.main.get_group(program()).commands)
    lines = [line.removesuffix(":") for line in shown()]
    assert [line for line in lines if line in HEADINGS] == list(HEADINGS)
    assert [line.split()[0] for line in lines if line.startswith("  ") and line.split()[0] in under] == under


def test_no_line_is_cut_short_or_too_long() -> None:
    groups = [(name,) for name, one in typer.main.get_group(program()).commands.items() if hasattr(one, "commands")]
    assert len(groups) > 5
    for words in [(), *groups]:
        assert [line for line in shown(*words) if line.endswith("...") or len(line) > 80] == [], words


def test_values_are_called_by_what_they_are() -> None:
    assert [line for line in shown("new") if " TEMPLATE " in line]
    for name, one in typer.main.get_group(program()).commands.items():
        for inner in getattr(one, "commands", [""]):
            told = [line.split("  ")[1] for line in shown(name, *filter(None, [inner])) if line.startswith("  -")]
            assert [each for each in told if "<" in each and not each.startswith("-- ")] == [], (name, inner)
