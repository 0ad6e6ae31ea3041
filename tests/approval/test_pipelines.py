"""Pipelines at work: the scripts that `infraops ci` writes carry a change from review to apply."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infraops.models.ledger.changes import ChangeAuthorised
from infraops.models.ledger.entries import Kind
from tests.approval.forges import TOKEN, Forge, make_forge, run_github, run_gitlab
from tests.approval.world import World, make_world, pushed, signed
from tests.commands.estate import blueprint
from tests.commands.test_drift import MODULE, PLAYBOOK
from tests.commands.test_drift import TEMPLATE as NOTE
from tests.needs import lacking

REQUEST = {
    "github.event.pull_request.user.login": "forge:ann",
    "github.event.pull_request.number": 3,
    "github.event.pull_request.head.sha": "0" * 40,
    "github.server_url": "https://forge.example",
    "github.repository": "shop/infra",
    "github.run_id": 9,
}
MERGE_REQUEST = {"CI_MERGE_REQUEST_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "3"}
APPLY = "infraops-apply-local.yml"


@pytest.fixture
def jq() -> None:
    """Leave tests out where the recording `gh` lacks what the real one has inside."""
    if shutil.which("jq") is None:
        lacking("there is no jq")


def story(top: Path, forge: str, *words: str, **secrets: str) -> Forge:
    """Begin with a pipeline on main and a branch of ann's."""
    world = make_world(top)
    told = world.infraops("forge", "ci", forge, *words)
    assert told.code == 0, told.err
    world.commit("forge", "pipeline", push="main")
    world.check_out("ann", "main")
    pushed(world)
    world.check_out("ci", "change")
    return make_forge(world, FINGERPRINT_KEY="one for all", **secrets)


def approve(world: World, change: Path, branch: str) -> None:
    shutil.copy(change, world.top / "taken.json")  # as bob downloads the job's artifact
    signed(world, world.top / "taken.json", branch=branch)


def authorised(world: World) -> dict[str | None, Any]:
    return {entry.stack: entry.payload for entry in world.entries(Kind.CHANGE_AUTHORISED)}


@pytest.mark.usefixtures("jq")
def test_github_from_review_to_apply(tmp_path: Path) -> None:
    forge = story(tmp_path, "github")
    world = forge.world
    forge.add(comments=[{"id": 1, "user": {"login": "eve"}, "body": "<!-- infraops review local -->\nAll is well."}])

    ended = run_github(forge, "infraops.yml", "review-local", REQUEST)
    assert ended.code == 0, ended.said
    change = json.loads((ended.files / "review/change.json").read_text())
    assert change["authors"] == ["ann@example.org"]
    first, mine = forge.state["comments"]
    assert first["body"].endswith("All is well.")
    assert mine["body"].startswith("<!-- infraops review local -->\n")
    assert change["id"] in mine["body"] and change["id"] in ended.summary
    assert (ended.files / "review/review.html").read_text().startswith("<!doctype html>")
    assert json.loads((ended.files / "review/review.sarif").read_text())["version"] == "2.1.0"
    assert "<testsuite" in (ended.files / "review/review.xml").read_text()
    (findings,) = forge.state["findings"]
    assert findings["ref"] == "refs/pull/3/head" and findings["sarif"]

    again = run_github(forge, "infraops.yml", "review-local", REQUEST)
    assert again.code == 0, again.said
    newest = json.loads((again.files / "review/change.json").read_text())
    assert [each["id"] for each in forge.state["comments"]] == [first["id"], mine["id"]]
    assert newest["id"] in forge.state["comments"][1]["body"]

    approve(world, again.files / "review/change.json", "change")
    world.squash("change")
    forge.add(
        pulls=[{"merged_at": None, "user": {"login": "eve"}}, {"merged_at": "now", "user": {"login": "forge:ann"}}]
    )
    world.check_out("ci", "main")
    ended = run_github(forge, APPLY, "apply", {})
    assert ended.code == 0, ended.said
    assert ended.outputs["author.outputs.author"] == "forge:ann"
    assert {name: each.approvers for name, each in authorised(world).items()} == {
        "local/first": ("bob@example.org",),
        "local/second": ("bob@example.org",),
    }


@pytest.mark.usefixtures("jq")
def test_an_author_on_github_cannot_have_approved_it(tmp_path: Path) -> None:
    forge = story(tmp_path, "github")
    world = forge.world
    ended = run_github(forge, "infraops.yml", "review-local", REQUEST)
    approve(world, ended.files / "review/change.json", "change")
    world.squash("change")
    forge.add(pulls=[{"merged_at": "now", "user": {"login": "bob@example.org"}}])
    world.check_out("ci", "main")
    ended = run_github(forge, APPLY, "apply", {})
    assert ended.code == 5, ended.said
    assert not authorised(world)


@pytest.mark.usefixtures("jq")
def test_github_tells_of_what_cannot_be_reviewed(tmp_path: Path) -> None:
    forge = story(tmp_path, "github")
    forge.world.edit("ci", "blueprints/first.yaml", "value: two", "valeu: two")
    ended = run_github(forge, "infraops.yml", "review-local", REQUEST)
    assert ended.code == 64
    assert "unknown" in ended.said
    assert "local could not be reviewed (exit code 64)" in forge.state["comments"][0]["body"]


def test_a_fork_on_github_is_refused_what_it_would_need_secrets_for(tmp_path: Path) -> None:
    forge = story(tmp_path, "github")
    forge.secrets = {}
    ended = run_github(forge, "infraops.yml", "untrusted-local", REQUEST)
    assert ended.code == 4, ended.said
    assert "FINGERPRINT_KEY" in ended.said
    assert "local was not reviewed (exit code 4)" in ended.summary
    assert forge.state["comments"] == []


@pytest.fixture
def plain(tmp_path: Path) -> World:
    """Return a world without approvals, with a playbook that writes a note and both forges' pipelines."""
    world = make_world(tmp_path, environment="schema: infraops/v1\nname: local\nplatform: local\n")
    note = blueprint("note", parameters=f"{{path: {tmp_path}/note.txt}}").replace("trial@1.0", "note@1.0")
    files = {
        "blueprints/note.yaml": note,
        "catalog/note/template.yaml": NOTE,
        "catalog/note/README.md": "# note\n",
        "catalog/note/terraform/local/main.tf": MODULE,
        "catalog/note/playbook.yml": PLAYBOOK,
    }
    for name, text in files.items():
        world.write("forge", name, text)
    for forge in ("github", "gitlab"):
        assert world.infraops("forge", "ci", forge).code == 0
    world.commit("forge", "pipelines", push="main")
    world.check_out("ci", "main")
    return world


def test_a_fork_is_reviewed_without_secrets(plain: World) -> None:
    plain.check_out("ann", "main")
    pushed(plain)
    plain.check_out("ci", "change")
    forge = make_forge(plain)
    ended = run_github(forge, "infraops.yml", "untrusted-local", REQUEST)
    assert ended.code == 0, ended.said
    assert "2 stacks: 2 to add" in ended.summary
    ended = run_gitlab(forge, "infraops review local of a fork", CI_MERGE_REQUEST_PROJECT_ID="7")
    assert ended.code == 0, ended.said
    assert "2 stacks: 2 to add" in ended.said
    assert forge.state["comments"] == []


@pytest.mark.usefixtures("jq")
def test_drift_is_one_issue_until_it_is_gone(plain: World) -> None:
    forge = make_forge(plain, INFRAOPS_TOKEN=TOKEN)
    assert plain.infraops("ci", "apply", "-e", "local", "--yes").code == 0
    on_github = partial(run_github, forge, "infraops.yml", "drift-local", REQUEST)
    on_gitlab = partial(run_gitlab, forge, "infraops drift local")
    note = plain.top / "note.txt"
    for look in (on_github, on_gitlab):
        forge.add(issues=[])
        note.write_text("tampered")
        for _ in range(2):
            ended = look()
            assert ended.code == 0, ended.said
            (issue,) = forge.state["issues"]
            assert (issue["title"], issue["state"]) == ("Drift in local", "open")
            assert "    local/note" in issue.get("body", issue.get("description"))
        note.write_text("hello")
        ended = look()
        assert ended.code == 0, ended.said
        assert forge.state["issues"][0]["state"] == "closed"


def test_gitlab_from_review_to_apply(tmp_path: Path) -> None:
    forge = story(tmp_path, "gitlab", INFRAOPS_TOKEN=TOKEN)
    world = forge.world
    forge.add(comments=[{"id": 1, "author": {"id": 4}, "body": "<!-- infraops review local -->\nAll is well."}])

    ended = run_gitlab(forge, "infraops review local", **MERGE_REQUEST)
    assert ended.code == 0, ended.said
    found = world.checkout("ci") / ".infraops/review"
    change = json.loads((found / "change.json").read_text())
    assert change["authors"] == ["ann@example.org"]
    assert isinstance(json.loads((found / "review.quality.json").read_text()), list)
    again = run_gitlab(forge, "infraops review local", **MERGE_REQUEST)
    assert again.code == 0, again.said
    newest = json.loads((found / "change.json").read_text())
    first, mine = forge.state["comments"]
    assert first["body"].endswith("All is well.")
    assert newest["id"] in mine["body"] and change["id"] not in mine["body"]

    shutil.copy(found / "change.json", world.top / "change.json")
    world.squash("change")
    forge.add(
        pulls=[
            {"state": "closed", "author": {"username": "eve"}},
            {"state": "merged", "author": {"username": "forge:ann"}},
        ]
    )
    world.check_out("ci", "main")
    ended = run_gitlab(forge, "infraops apply local")
    assert ended.code == 5, ended.said
    approve(world, world.top / "change.json", "main")
    world.check_out("ci", "main")
    ended = run_gitlab(forge, "infraops apply local")
    assert ended.code == 0, ended.said
    assert {each.approvers for each in authorised(world).values()} == {("bob@example.org",)}
    assert all(isinstance(each, ChangeAuthorised) for each in authorised(world).values())


@pytest.mark.parametrize("since", [True, False])
@pytest.mark.usefixtures("jq")
def test_waves_on_github_hold_what_changed_since_the_last_apply(tmp_path: Path, *, since: bool) -> None:
    forge = story(tmp_path, "github", "--waves-from", "1")
    world = forge.world
    if since:
        world.edit("ann", "blueprints/second.yaml", "parameters: {}", "parameters: {value: new}")
        world.commit("ann", "Second", push="later")
        forge.add(runs=[{"head_sha": world.git("ci", "rev-parse", "HEAD")}])
        world.check_out("ci", "later")
    ended = run_github(forge, APPLY, "waves", {})
    assert ended.code == 0, ended.said
    waves = json.loads(ended.outputs["waves.outputs.waves"])
    expected = [["second"], []] if since else [["first"], ["second"]]
    assert [[name for group in level for name in group["stacks"]] for level in waves] == expected


def test_waves_on_gitlab_are_a_child_pipeline_that_applies(tmp_path: Path) -> None:
    forge = story(tmp_path, "gitlab", "--waves-from", "1", INFRAOPS_TOKEN=TOKEN)
    world = forge.world
    ended = run_gitlab(forge, "infraops review local", **MERGE_REQUEST)
    assert ended.code == 0, ended.said
    approve(world, world.checkout("ci") / ".infraops/review/change.json", "change")
    world.squash("change")
    world.check_out("ci", "main")
    ended = run_gitlab(forge, "infraops waves local")
    assert ended.code == 0, ended.said
    for group in ("1-1", "2-1"):
        forge.add(pulls=[{"state": "merged", "author": {"username": "forge:ann"}}])
        ended = run_gitlab(forge, f"infraops apply local {group}", file="waves-local.yml")
        assert ended.code == 0, ended.said
    assert set(authorised(world)) == {"local/first", "local/second"}
