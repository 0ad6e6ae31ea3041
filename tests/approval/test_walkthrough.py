"""From a pushed branch to the applied change, with two keys and a bare remote."""

import json
from pathlib import Path

from infraops.models.ledger.changes import ApprovalGiven, ChangeAuthorised
from infraops.models.ledger.entries import Kind
from tests.approval.world import make_world, merge_approved, pushed, reviewed


def test_from_branch_to_applied(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    change = json.loads(reviewed(world).read_text())
    assert change["authors"] == ["ann@example.org"]
    assert set(change["stacks"]) == {"local/first", "local/second"}

    world.check_out("bob", "change")
    told = world.infraops("bob", "approve", str(world.top / "change.json"), "--yes")
    assert told.code == 0, told.err
    assert "Signed by bob@example.org for environment, good until" in told.out
    world.commit("bob", "Approve", push="change")
    world.squash("change")

    told = world.apply()
    assert told.code == 0, told.out + told.err
    authorised = {entry.stack: entry.payload for entry in world.entries(Kind.CHANGE_AUTHORISED)}
    assert set(authorised) == {"local/first", "local/second"}
    for payload in authorised.values():
        assert isinstance(payload, ChangeAuthorised)
        assert payload.approvers == ("bob@example.org",)
        assert payload.actions == {"create": 1}
        assert payload.rule.startswith("normal: ")
    given = [entry.payload for entry in world.entries(Kind.APPROVAL_GIVEN)]
    assert [each.principal for each in given if isinstance(each, ApprovalGiven)] == ["bob@example.org"]

    told = world.infraops("ci", "ledger", "verify")
    assert (told.code, told.err) == (0, "")
    assert "3 authorisations on 1 approval, all hold" in told.out
    again = world.apply()
    assert again.code == 0, again.err  # nothing would happen, so that nobody has to approve anything


def test_an_approval_may_travel_through_the_ledger(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    file = reviewed(world)
    world.check_out("ci", "change")  # bob signs on a machine that shares the ledger
    run = json.loads(file.read_text())["id"]
    told = world.infraops(
        "ci", "approve", run[:-2], "--yes", "--to", "ledger", "--key", str(world.key("bob")), "--json"
    )
    assert told.code == 0, told.err
    document = json.loads(told.out)
    assert (document["principal"], document["in_ledger"]) == ("bob@example.org", True)
    world.squash("change")
    assert world.apply().code == 0


def test_what_is_left_of_a_merged_approval_is_files_and_no_digest_counts_them(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    merge_approved(world)
    assert world.apply().code == 0
    world.check_out("ann", "main")
    for file in world.approvals("ann"):
        file.unlink()
    world.commit("ann", "Tidy up", push="tidy")
    world.squash("tidy")
    told = world.apply()
    assert told.code == 0, told.err
    assert world.infraops("ci", "ledger", "verify").code == 0  # all that it rests on stands in the ledger
