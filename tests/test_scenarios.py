"""Every command as it is typed in a shell."""

from pathlib import Path

import pytest

from tests import forked
from tests.ports import free_port
from tests.scenario import fits, play, read_scenario

PORT = "18321"  # stands for one that nobody else on this machine has
SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_scenario(file: Path, tmp_path: Path) -> None:
    directory, home = tmp_path / "repo", tmp_path / "home"
    directory.mkdir()
    home.mkdir()
    # One of them with the program as it is installed; to load it anew for each line is most of what the others cost.
    programs = None if file.stem == "start" else forked.program(tmp_path / "bin").parent
    text = file.read_text(encoding="utf-8").replace(PORT, str(free_port()))
    complaints = play(read_scenario(text), directory, home, programs=programs)
    assert not complaints, "\n\n".join(complaints)


def test_a_scenario_that_prints_something_else_is_a_complaint(tmp_path: Path) -> None:
    scenario = read_scenario("$ echo one; exit 3\ntwo\n")
    (complaint,) = play(scenario, tmp_path, tmp_path)
    assert "one\n[3]" in complaint


def test_patterns_fit_lines() -> None:
    assert fits(["a", "b", "c"], ("a", "...", "c"))
    assert fits(["took 1.2s"], ("took *s", ""))
    assert not fits(["a", "b"], ("a",))
    assert not fits(["[x]"], ("x",))
