"""What cannot be seen and yet acts on what can reaches nobody's terminal, page or comment."""

import json
import os
from pathlib import Path

import pytest

from tests import forked
from tests.commands.estate import blueprint, make_estate

ACTING = "\u202e\x1b\x07\u2028\x9b\u200f"
NASTY = f"a{ACTING}[31mb"
RULES = f"""\
schema: infraops/v1
rules:
  - {{name: never, severity: warn, when: "true", message: {json.dumps(NASTY)}, control: {json.dumps(NASTY)}}}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("unseen")
    own = blueprint("own", parameters=f"{{value: {json.dumps(NASTY)}}}")
    root = make_estate(top / "repo", {"own": own.replace("team-trial", json.dumps(NASTY))})
    (root / "policies").mkdir()
    (root / "policies/never.yaml").write_text(RULES)
    return root


@pytest.mark.parametrize("words", [
    "plan", "plan --json", "policy explain never", "render", "status", "graph --format dot", "history",
    "review", "review --format html", "review --format json", "review --format sarif", "review --format junit",
])  # fmt: skip
def test_nothing_acts(root: Path, words: str) -> None:
    environ = {"HOME": str(root.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    found = forked.infraops(*words.split(), cwd=root, env=environ)
    assert found.returncode == 0, found.stderr
    assert not set(ACTING) & set(found.stdout + found.stderr)
    if "--json" in words:
        assert json.loads(found.stdout)["stacks"][0]["findings"][0]["message"] == NASTY, (
            "programs read what was written"
        )


def test_neither_do_mistakes_and_logs(root: Path) -> None:
    environ = {"HOME": str(root.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    run = json.loads(forked.infraops("plan", "--json", cwd=root, env=environ).stdout)["run"]
    logs = forked.infraops("logs", run, cwd=root, env=environ)
    assert logs.returncode == 0
    assert "policy:" in logs.stdout
    (root / "blueprints/bad.yaml").write_text(f"{blueprint('bad')}{json.dumps(NASTY)}: 1\n")
    mistakes = forked.infraops("validate", cwd=root, env=environ)
    (root / "blueprints/bad.yaml").unlink()
    assert mistakes.returncode == 64
    assert not set(ACTING) & set(logs.stdout + mistakes.stdout + mistakes.stderr)
