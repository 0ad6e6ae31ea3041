"""What a word loads: start-up is most of what a light command takes, and one import too many is easily made."""

import subprocess
import sys

import pytest

HEAVY = {
    "alembic",
    "ansible_runner",
    "git",
    "jinja2",
    "python_terraform",
    "sqlalchemy",
    "infraops.lab",
    "infraops.ledger",
}
SHOWN = "import sys; from infraops.cli import program; program(sys.argv[1]); print('\\n'.join(sys.modules))"


def loaded(word: str) -> set[str]:
    argv = [sys.executable, "-c", SHOWN, word]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("word", ["validate", "render"])
def test_words_that_end_at_files_load_nothing_that_acts(word: str) -> None:
    assert loaded(word) & HEAVY == set()


def test_words_that_act_do() -> None:
    assert loaded("apply") & HEAVY >= {"infraops.lab", "infraops.ledger"}
