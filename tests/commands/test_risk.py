"""Risk in a review, from the shell: by what the ledger knows of changes like it."""

import json
from pathlib import Path

from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import open_repo
from infraops.models.ledger.changes import ChangeAuthorised
from infraops.models.ledger.runs import RunEnded
from infraops.models.ledger.stations import StationEnded
from infraops.models.runs.run import Outcome
from tests.commands.estate import blueprint, make_estate, surroundings
from tests.commands.test_cost import infraops


def estate(root: Path) -> Path:
    blueprints = {"first": blueprint("first"), "second": blueprint("second", inputs="{follows: first.id}")}
    return make_estate(root, blueprints)


def remember(root: Path, day: int, *ends: Outcome) -> None:
    """Let the ledger know of changes that were authorised, and of how they ended."""
    around = surroundings(root, root.parent)
    with open_repo_ledger(open_repo(around), around) as ledger:
        for number, end in enumerate(ends):
            run = f"2026010{day}-00000{number}-abcd"
            payload = ChangeAuthorised("trial@1.0", "f", "by hand", {"create": 1})
            ledger.append(payload, run=run, stack="local/first")
            ledger.append(StationEnded("provision", end, 1), run=run, stack="local/first")
            ledger.append(RunEnded(end, 0), run=run)


def test_a_review_says_how_risky_each_change_is_and_why(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    found = json.loads(infraops(root, "review", "first", "--json").stdout)["run"]["stacks"][0]["risk"]
    assert (found["level"], found["needed_by"]) == ("low", 1)
    assert found["reversible"] is True
    remember(root, 1, Outcome.FAILED, Outcome.DONE, Outcome.FAILED)
    reviewed = infraops(root, "review")
    assert reviewed.returncode == 0, reviewed.stderr
    rows = {line.split("`")[1]: line.split(" | ")[7] for line in reviewed.stdout.splitlines() if line.startswith("| ✏️")}
    assert rows == {"local/first": "medium", "local/second": "medium"}
    lines = reviewed.stdout.splitlines()
    assert "#   template trial@1.0: 2 of 3 changes failed, 23% to be expected" in lines
    assert "#   stacks that need it: 1, 1 in all" in lines
    assert "#   planned with stand-ins for follows: what would happen is not known in full" in lines
    remember(root, 2, *[Outcome.FAILED] * 5)
    page = infraops(root, "review", "--format", "html").stdout
    assert "<td>high</td>" in page
    assert "environment local: 7 of 8 changes failed, 44% to be expected" in page


def test_to_let_go_of_stacks_is_weighed_too(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    assert infraops(root, "apply", "--yes").returncode == 0
    let_go = infraops(root, "forget", "second", "--yes", "--json")
    assert let_go.returncode == 0, let_go.stderr
    (stack,) = json.loads(let_go.stdout)["stacks"]
    assert stack["risk"]["level"] == "medium"
    assert "resources let go of: 1, undone only by adopting them" in stack["risk"]["reasons"]
    unchanged = json.loads(infraops(root, "plan", "first", "--refresh", "--json").stdout)
    assert [each["risk"] for each in unchanged["stacks"]] == [None]
