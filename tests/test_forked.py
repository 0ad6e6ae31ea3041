"""A forked infraops says what a started one says."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.commands.estate import blueprint, make_estate
from tests.scenario import environment_of

SAID = {
    "a result": (("output", "--json"), 0),
    "its version": (("--version",), 0),
    "a usage error": (("plan", "--no-such-option"), 64),
    "a mistake": (("plan", "-e", "locl"), 64),
}


@pytest.mark.parametrize(("words", "code"), SAID.values(), ids=list(SAID))
def test_it_says_what_a_started_one_says(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    root = make_estate(tmp_path / "repo", {"one": blueprint("one")})
    environ = environment_of(tmp_path)
    started = subprocess.run(["infraops", *words], cwd=root, env=environ, capture_output=True, text=True, timeout=60)
    found = forked.infraops(*words, cwd=root, env=environ)
    assert (found.returncode, found.stdout, found.stderr) == (started.returncode, started.stdout, started.stderr)
    assert started.returncode == code
    program = forked.program(tmp_path / "bin")
    asked = subprocess.run([program, *words], cwd=root, env=environ, capture_output=True, text=True, timeout=60)
    assert (asked.returncode, asked.stdout, asked.stderr) == (started.returncode, started.stdout, started.stderr)


def test_what_it_has_of_its_own_is_not_its_mothers(tmp_path: Path) -> None:
    """Environment, working directory and stdin; and a signal ends it, and not the one that it was forked from."""
    root = make_estate(tmp_path / "repo", {"one": blueprint("one")})
    environ = environment_of(tmp_path) | {"TZ": "Asia/Tokyo"}
    command = ("exec", "one", "--", "sh", "-c", 'echo "$TZ $(cat)"')
    said = forked.infraops(*command, cwd=root, env=environ, stdin="you")
    assert said.stdout.splitlines() == ["Asia/Tokyo you"], said.stderr
    script = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    killed = forked.infraops("exec", "one", "--", sys.executable, "-c", script, cwd=root, env=environ)
    assert killed.returncode < 0
    with pytest.raises(subprocess.TimeoutExpired):
        forked.infraops("exec", "one", "--", "sleep", "5", cwd=root, env=environ, timeout=1)
    assert forked.infraops("--version", cwd=root, env=environ).returncode == 0
