"""From a pushed branch to the applied change, with two keys and a bare remote."""

import json
import re
from pathlib import Path

from infraops.models.ledger.changes import ApprovalGiven, ChangeAuthorised
from infraops.models.ledger.entries import Kind
from tests.approval.world import ENVIRONMENT, make_world, merge_approved, pushed, reviewed, signed
from tests.counting import count


def test_from_branch_to_applied(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    change = json.loads(reviewed(world).read_text())
    assert change["authors"] == ["ann@example.org"]
    assert set(change["stacks"]) == {"local/first", "local/second"}

    world.check_out("bob", "change")
    told = world.infraops("bob", "approve", str(world.top / "change.json"), "--yes")
    assert told.code == 0, told.err
    assert re.search(r"Signed by bob@example.org for environment, good until 20[-0-9]+ [0-9:]+ [A-Z]+\.", told.out)
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


def test_a_review_opens_the_ledger_and_reads_the_protected_branch_as_often_as_a_plan(tmp_path: Path) -> None:
    world = make_world(tmp_path, environment=ENVIRONMENT.replace("  fingerprint_key: env:FINGERPRINT_KEY\n", ""))
    root, home = world.checkout("ci"), world.top / "ci/home"
    count(root, home, "plan", "-e", "local")
    plan, review = (count(root, home, word, "-e", "local") for word in ("plan", "review"))
    assert len(world.entries(Kind.CHANGE_REVIEWED)) == 1
    openings = [[query for query in each.queries if "alembic_version" in query] for each in (plan, review)]
    assert len(openings[0]) == len(openings[1]) == 1
    readings = [[argv for argv in each.processes if "'--batch'" in argv] for each in (plan, review)]
    assert 0 < len(readings[0]) == len(readings[1])


def test_what_keeps_somebody_from_signing_is_told_before_he_is_asked(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    file = str(reviewed(world))
    world.check_out("bob", "change")
    told = world.infraops("bob", "approve", file, "--yes", "--key", "nowhere")
    assert (told.code, told.out) == (64, "")
    assert f"error: choosing a key: there is no file {world.checkout('bob') / 'nowhere'}\n" in told.err
    told = world.infraops("bob", "approve", file, "--yes", "--expires", "30d")
    assert (told.code, told.out) == (64, "")
    assert "takes no approval that is good for longer than 7d" in told.err
    told = world.infraops("bob", "approve", file, "--yes", "--key", str(world.key("eve")))
    assert told.code == 5
    assert f"signed with {world.key('eve')}: the key it was made with is not among the signers" in told.err
    told = world.infraops("bob", "approve", "../nowhere.json")
    assert (told.code, "error: approving a change: there is no file ../nowhere.json" in told.err) == (64, True)
    told = world.infraops("bob", "approve", json.loads(Path(file).read_text())["id"])  # bob has a ledger of his own
    assert (told.code, "by the file that `infraops review --change` wrote" in told.err) == (64, True)


def test_a_review_that_leaves_nothing_to_sign_says_so(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    file = reviewed(world)
    before = file.read_text()
    world.check_out("ci", "change")
    words = ("review", "-e", "local", "--changed-since", "origin/change", "--quiet", "--change")
    told = world.infraops("ci", *words, str(file))
    assert told.code == 0 and file.read_text() == before
    words_of = f"{file} was not written: this review found nothing that could be approved"
    assert told.err == f"{words_of}; the one that is there is of another review\n"
    run = world.infraops("ci", "history", "--limit", "1").out.splitlines()[1].split()[0]
    nothing = world.infraops("ci", "approve", run, "--yes")
    assert (nothing.code, f"run {run} left nothing that could be approved\n" in nothing.err) == (64, True)
    other = file.with_name("other.json")
    told = world.infraops("ci", *words, str(other))
    assert (other.exists(), told.err) == (False, f"{words_of.replace(str(file), str(other))}\n")


def test_a_review_says_that_no_approval_counts_while_nobody_knows_who_wrote_it(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    world.check_out("ci", "change")
    words = ("review", "-e", "local", "--quiet", "--author")
    known = world.infraops("ci", *words, "forge:ann")
    assert "No approval counts" not in known.out
    unknown = world.infraops("ci", *words, "forge-zoe")
    assert unknown.code == 0
    says = "No approval counts yet: change.people does not say who forge-zoe is, who wrote it."
    assert says in unknown.out.replace("\\", "")


def test_a_reviewer_who_merges_by_a_signed_commit_is_told_why_his_yes_counts_no_more(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    signed(world, reviewed(world))
    world.check_out("bob", "main")
    world.git("bob", "merge", "--quiet", "--squash", "origin/change")
    world.commit("bob", "Merge it myself", push="main")
    told = world.apply()
    assert told.code == 5
    assert "an author of the change cannot approve it (whoever signed a commit of it, also one that merged" in told.err
