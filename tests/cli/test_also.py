"""`review --also`: several forms of one review."""

import json
import subprocess
from pathlib import Path

from tests import forked
from tests.commands.estate import blueprint, make_estate


def review(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(root.parent), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    return forked.infraops("review", "-e", "local", "--quiet", *words, cwd=root, env=environ)


def test_one_review_is_written_in_every_form(tmp_path: Path) -> None:
    root = make_estate(
        tmp_path / "repo", {"good": blueprint("good"), "bad": blueprint("bad", parameters="{broken: true}")}
    )
    names = ("r.md", "r.html", "r.json", "r.sarif", "r.xml", "r.quality.json")
    told = review(root, *(word for name in names for word in ("--also", f"out/{name}")))
    assert told.returncode == 1, told.stderr
    texts = {name: (root / "out" / name).read_text() for name in names}
    assert texts["r.md"] == told.stdout
    assert json.loads(texts["r.json"])["schema"] == "infraops/review/v1"
    assert len(list((root / ".infraops/runs").iterdir())) == 1  # planned once
    (result,) = json.loads(texts["r.sarif"])["runs"][0]["results"]
    (entry,) = json.loads(texts["r.quality.json"])
    assert entry["check_name"] == result["ruleId"] == "not-planned"
    assert (entry["severity"], entry["location"]["path"]) == ("critical", "blueprints/bad.yaml")
    assert entry["description"].startswith("local/bad: ")
    assert texts["r.html"].startswith("<!doctype html>") and "<testsuite" in texts["r.xml"]


def test_an_ending_that_says_nothing_is_refused_before_anything_is_planned(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"good": blueprint("good")})
    told = review(root, "--also", "review.txt")
    assert told.returncode == 64
    assert "review.txt says no format" in told.stderr and ".quality.json" in told.stderr
    assert not (root / ".infraops/runs").exists()
