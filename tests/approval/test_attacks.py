"""What somebody might try between an approval and its apply: each is refused, each with its own words."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infraops.assessment.statements import read_statement
from infraops.models.changes.approval import Approval
from tests.approval.world import ENVIRONMENT, SETTINGS, World, make_world, merge_approved, reviewed, signed
from tests.ledger.places import GUARDS


def approval_of(world: World) -> Approval:
    """Return the approval that bob gave."""
    world.check_out("forge", "main")
    return read_statement(world.approvals("forge")[0].read_text())


@contextmanager
def unguarded(world: World) -> Iterator[sqlite3.Connection]:
    """Open the ledger as somebody who has the file, and takes down what keeps it from being changed."""
    with closing(sqlite3.connect(world.ledger_file)) as database:
        for guard in GUARDS:
            database.execute(f"DROP TRIGGER IF EXISTS {guard}")
        yield database
        database.commit()


def without_bobs(world: World) -> None:
    """Take bob's approval away again."""
    for file in world.approvals("forge"):
        file.unlink()
        file.with_name(f"{file.name}.sig").unlink()


def test_the_story_holds_without_an_attack(world: World) -> None:
    assert world.apply().code == 0


def test_one_byte_of_the_statement(world: World) -> None:
    world.check_out("forge", "main")
    file = world.approvals("forge")[0]
    file.write_text(file.read_text().replace('"nonce": "', '"nonce": "0', 1))
    world.commit("forge", "Tamper", push="main")
    told = world.apply()
    assert told.code == 5
    assert "no approval covers it" in told.err
    assert "bob@example.org.json: the text is not what was signed" in told.err


def test_a_statement_without_its_signature(world: World) -> None:
    world.check_out("forge", "main")
    world.approvals("forge")[0].with_name("bob@example.org.json.sig").unlink()
    world.commit("forge", "Lose", push="main")
    told = world.apply()
    assert told.code == 5
    assert "it is no SSH signature" in told.err


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe", "it is no text in UTF-8"), (b"{", "it is no JSON"), (None, "it is no file, or larger")],
)
def test_a_broken_file_keeps_nobody_from_what_others_cover(world: World, content: bytes | None, says: str) -> None:
    """It can approve nothing, so it counts for nothing; and it is named."""
    world.check_out("ci", "main")
    broken = world.approvals("ci")[0].with_name("broken.json")
    broken.mkdir() if content is None else broken.write_bytes(content)
    told = world.infraops("ci", "apply", "-e", "local", "--yes")
    assert told.code == 0, told.err
    said = " ".join((told.err + told.out).split())
    assert f"warning: an approval counts for nothing: {broken.relative_to(world.checkout('ci'))}: " in said
    assert says in said


def test_a_change_that_was_edited_before_it_was_signed(world: World) -> None:
    """The reviewer signs what he was shown; what happens is what was planned, so that is refused."""
    approval = approval_of(world)
    without_bobs(world)
    first = approval.change.stacks["local/first"]
    harmless = replace(first, fingerprint="0" * 64, effects={"update module.service.terraform_data.value": ""})
    stacks = {**approval.change.stacks, "local/first": harmless}
    world.forge_statement("bob", replace(approval, change=replace(approval.change, stacks=stacks)))
    told = world.apply("--author", "forge:ann")
    assert told.code == 6
    assert "approved, and would not happen: update module.service.terraform_data.value" in told.err
    assert "would happen, and was not approved: create module.service.terraform_data.value" in told.err


def test_another_base(world: World) -> None:
    approval = approval_of(world)
    without_bobs(world)
    world.git("eve", "checkout", "--quiet", "--orphan", "elsewhere")
    world.write("eve", "allowed_signers", f"bob@example.org {world.public('eve')}\n")
    world.commit("eve", "Another history", push="elsewhere")
    world.git("ci", "fetch", "--quiet", "origin")
    base = world.git("eve", "rev-parse", "HEAD")
    world.forge_statement("eve", replace(approval, change=replace(approval.change, base=base)))
    told = world.apply()
    assert told.code == 5
    assert f"it was given on base {base[:12]}, which is not in the history of origin/main" in told.err


def test_an_approval_is_used_once(world: World) -> None:
    assert world.apply().code == 0
    for state in world.ledger_file.parent.glob("terraform/local/*.tfstate"):
        # So that the very same effect is due again; a state that is only gone would stop the run before that.
        by_hand = ("--", "terraform", "state", "rm", "module.service.terraform_data.value")
        assert world.infraops("ci", "exec", "-e", "local", "--emergency", "INC-1", state.stem, *by_hand).code == 0
        state.unlink()
    told = world.apply("--refresh")
    assert told.code == 5
    assert "it was used already, by run " in told.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('valid-before="20200101"', "the key it was made with has expired"),
        ('namespaces="git"', "its key may not sign for this one"),
    ],
)
def test_a_key_that_is_good_no_more(world: World, options: str, words: str) -> None:
    world.check_out("forge", "main")
    world.edit("forge", "allowed_signers", "bob@example.org", f"bob@example.org {options}")
    world.commit("forge", "Bob's key", push="main")
    told = world.apply()
    assert told.code == 5
    assert words in told.err


def test_a_key_that_was_revoked_since(world: World) -> None:
    world.check_out("forge", "main")
    world.edit("forge", "infraops.yaml", "change:\n", "change:\n  revoked: revoked_keys\n")
    world.write("forge", "revoked_keys", f"{world.public('bob')}\n")
    world.commit("forge", "Revoke bob's key", push="main")
    told = world.apply()
    assert told.code == 5
    assert "the key it was made with is revoked" in told.err


def test_the_author_approves_herself(world: World) -> None:
    world.check_out("ann", "change")
    told = world.infraops("ann", "approve", str(world.top / "change.json"), "--yes")
    assert told.code == 5
    assert "ann@example.org is an author of this change, and cannot approve it" in told.err

    approval = approval_of(world)
    without_bobs(world)
    hidden = replace(approval.change, authors=("somebody@example.org",))  # by hand she says it was somebody else
    world.forge_statement("ann", replace(approval, change=hidden))
    told = world.apply()
    assert told.code == 5
    assert "an author of the change cannot approve it" in told.err


def test_nobody_vouches_for_the_author(world: World) -> None:
    approval = approval_of(world)
    without_bobs(world)
    nowhere = replace(approval.change, id="20200101-000000-0000", authors=("somebody@example.org",))
    world.forge_statement("bob", replace(approval, change=nowhere))
    told = world.apply()
    assert told.code == 5
    assert "nobody but the statement itself says who wrote the change" in told.err
    assert world.apply("--author", "forge:ann").code == 0


def test_a_policy_that_the_branch_weakens(world: World) -> None:
    rule = (
        "schema: infraops/v1\nrules:\n  - name: no-three\n    severity: deny\n    control: trial\n"
        "    message: three is forbidden\n"
        "    when: resources.exists(r, 'input' in r.attributes && r.attributes.input == 'three')\n"
    )
    assert world.apply().code == 0
    world.check_out("forge", "main")
    world.write("forge", "policies/rules.yaml", rule)
    world.commit("forge", "A rule", push="main")
    world.check_out("ann", "main")
    world.edit("ann", "blueprints/first.yaml", "value: two", "value: three")
    world.write("ann", "policies/rules.yaml", "schema: infraops/v1\nrules: []\n")
    world.commit("ann", "Three, and no rule", push="weaker")
    world.check_out("ci", "weaker")
    told = world.infraops("ci", "review", "-e", "local", "--author", "forge:ann", "--quiet")
    assert told.code == 4, told.out
    assert "three is forbidden" in told.out


def test_rules_that_changed_with_the_merge(world: World) -> None:
    world.check_out("forge", "main")
    world.write("forge", "policies/rules.yaml", "schema: infraops/v1\nseverities: {no-provisioners: off}\n")
    world.commit("forge", "Other rules", push="main")
    told = world.apply()
    assert told.code == 6
    assert "the rules of policy have changed since, on origin/main" in told.err


def test_a_signer_that_the_branch_adds(world: World) -> None:
    assert world.apply().code == 0
    world.check_out("ann", "main")
    world.edit("ann", "blueprints/first.yaml", "value: two", "value: three")
    signers = (world.checkout("ann") / "allowed_signers").read_text()
    world.write("ann", "allowed_signers", f"{signers}eve@example.org {world.public('eve')}\n")
    world.commit("ann", "Three, and a friend", push="friend")
    file = reviewed(world, "friend")
    world.check_out("eve", "friend")
    told = world.infraops("eve", "approve", str(file), "--yes")
    assert told.code == 5
    assert "the key it was made with is not among the signers" in told.err

    approval = read_statement_of(file)
    world.squash("friend")
    world.forge_statement("eve", approval)
    told = world.apply()
    assert told.code == 5
    assert "not among the signers, as origin/main was when it was given" in told.err


def read_statement_of(file: Path) -> Approval:
    from infraops.assessment.statements import read_change

    now = datetime.now(UTC).replace(microsecond=0)
    return Approval(read_change(file.read_text()), now, now + timedelta(days=1), "a" * 32)


def test_something_else_changed_in_between(world: World) -> None:
    """Somebody's resource is gone from the state behind everybody's back: the same files do something else now."""
    assert world.apply().code == 0
    pushed_three(world)
    state = next(world.ledger_file.parent.rglob("first.tfstate"))
    text = state.read_text()
    assert '"two"' in text
    state.write_text(text.replace('"two"', '"drifted"'))
    told = world.apply()
    assert told.code == 6
    assert "would happen in another way: update module.service.terraform_data.value" in told.err


def pushed_three(world: World) -> None:
    """Approve and merge a second change."""
    world.check_out("ann", "main")
    world.edit("ann", "blueprints/first.yaml", "value: two", "value: three")
    world.commit("ann", "Say three", push="three")
    signed(world, reviewed(world, "three"), branch="three")
    world.squash("three")


def test_the_template_changed_in_between(world: World) -> None:
    world.check_out("forge", "main")
    world.edit(
        "forge",
        "catalog/trial/terraform/local/main.tf",
        'value = {}\n}\n\noutput "end',
        'value = {}\n}\n# Other\noutput "end',
    )
    world.commit("forge", "Another template", push="main")
    told = world.apply()
    assert told.code == 6
    assert "files of its template trial@1.0 have changed since" in told.err


def test_the_blueprint_changed_in_between(world: World) -> None:
    world.check_out("forge", "main")
    world.edit("forge", "blueprints/first.yaml", "value: two", "value: four")
    world.commit("forge", "Another value", push="main")
    told = world.apply()
    assert told.code == 6
    assert "its blueprint, environment or policies have changed since" in told.err


def test_an_approval_for_another_environment(world: World) -> None:
    approval = approval_of(world)
    without_bobs(world)
    world.forge_statement("bob", replace(approval, change=replace(approval.change, environment="staging")))
    told = world.apply()
    assert told.code == 5
    assert "it was given for staging, not for local" in told.err


def test_an_approval_that_has_expired(world: World) -> None:
    approval = approval_of(world)
    without_bobs(world)
    past = datetime.now(UTC) - timedelta(hours=2)
    world.forge_statement("bob", replace(approval, issued=past, expires=past + timedelta(hours=1)))
    told = world.apply()
    assert told.code == 5
    assert "it expired " in told.err


def test_an_approval_that_is_good_for_longer_than_the_rules_allow(world: World) -> None:
    approval = approval_of(world)
    without_bobs(world)
    past = datetime.now(UTC) - timedelta(days=8)
    world.forge_statement("bob", replace(approval, issued=past, expires=past + timedelta(days=300)))
    told = world.apply()
    assert told.code == 5
    assert "local takes none that is older than 7 days" in told.err


def test_the_demand_for_approval_is_taken_out_on_the_branch(world: World) -> None:
    world.check_out("ann", "change")
    world.edit("ann", "inventories/local/environment.yaml", "  approval: {expires: 7d}\n", "")
    world.edit("ann", "blueprints/first.yaml", "value: two", "value: five")
    world.commit("ann", "Nobody has to approve", push="free")
    told = world.apply(branch="free")
    assert told.code in (5, 6), told.out + told.err


def test_an_environment_that_nobody_has_merged_yet(world: World) -> None:
    world.check_out("ann", "change")
    world.write("ann", "inventories/mine/environment.yaml", "schema: infraops/v1\nname: mine\nplatform: local\n")
    world.edit("ann", "blueprints/first.yaml", "local: {}", "local: {}, mine: {}")
    world.commit("ann", "An environment of my own", push="mine")
    world.check_out("ci", "mine")
    told = world.infraops("ci", "apply", "-e", "mine", "first", "--yes")
    assert told.code == 5
    assert "mine is not on origin/main yet, where changes need approvals" in told.err


def test_a_row_of_the_ledger_is_altered(world: World) -> None:
    assert world.apply().code == 0
    with unguarded(world) as database:
        database.execute(
            "UPDATE entries SET payload = replace(payload, 'bob@', 'eve@') WHERE kind = 'change_authorised'"
        )
    told = world.infraops("ci", "ledger", "verify")
    assert told.code == 1
    assert "its content does not match its hash: it was changed after it was written" in told.out


def test_the_ledger_is_cut_off_behind_an_anchor(world: World) -> None:
    assert world.apply().code == 0
    told = world.infraops("ci", "ledger", "anchor", "--key", str(world.key("bob")), "--push", "origin")
    assert told.code == 0, told.err
    assert "Signed by bob@example.org: head " in told.out
    assert "anchored by bob@example.org" in world.infraops("ci", "ledger", "verify").out
    with unguarded(world) as database:
        database.execute("DELETE FROM entries WHERE seq > (SELECT max(seq) - 3 FROM entries)")
        database.execute("DELETE FROM proofs")
    told = world.infraops("ci", "ledger", "verify")
    assert told.code == 1
    assert "entries were cut off" in told.out

    world.ledger_file.unlink()
    world.infraops("ci", "plan", "-e", "local")
    told = world.infraops("ci", "ledger", "verify")
    assert told.code == 1
    assert "none of the 1 anchors in refs/infraops/anchors is of this ledger: it was begun anew" in told.out


def test_an_anchor_of_somebody_who_may_not_sign(world: World) -> None:
    assert world.apply().code == 0
    told = world.infraops("ci", "ledger", "anchor", "--key", str(world.key("eve")))
    assert told.code == 5
    assert "not among the signers" in told.err


def test_a_change_that_gives_the_stack_to_its_authors_friends(tmp_path: Path) -> None:
    """Whose a stack is does not change with the change that somebody has to approve."""
    environment = ENVIRONMENT.replace("{expires: 7d}", "{authorities: [{name: owner, demand: owner}]}")
    settings = SETTINGS.replace(
        "team-trial: [ann@example.org]", "team-trial: [eve@example.org]\n    friends: [bob@example.org]"
    )
    world = make_world(tmp_path, environment=environment, settings=settings)
    world.edit("ann", "blueprints/first.yaml", "owner: team-trial", "owner: friends")
    world.edit("ann", "blueprints/second.yaml", "owner: team-trial", "owner: friends")
    merge_approved(world)
    told = world.apply()
    assert told.code == 5
    assert "owner: one of team-trial" in told.err


def test_a_blueprint_that_was_moved_away_from_its_owner(world: World) -> None:
    assert world.apply().code == 0
    rules = "{authorities: [{name: owner, demand: environment}]}"
    world.check_out("forge", "main")
    world.edit("forge", "inventories/local/environment.yaml", "{expires: 7d}", rules)
    world.commit("forge", "A table", push="main")
    world.check_out("ann", "main")
    world.git("ann", "mv", "blueprints/first.yaml", "blueprints/moved.yaml")
    world.edit("ann", "blueprints/moved.yaml", "value: two", "value: three")
    world.commit("ann", "Move it", push="moved")
    signed(world, reviewed(world, "moved"), branch="moved")
    world.squash("moved")
    told = world.apply()
    assert told.code == 5
    assert "blueprints/moved.yaml did not hold first on " in told.err


def test_who_signs_does_not_choose_which_commits_count(world: World) -> None:
    """Bob's own change is merged; he signs a statement on a base behind it, on which only ann has a commit since."""
    assert world.apply().code == 0
    world.check_out("bob", "main")
    world.edit("bob", "blueprints/first.yaml", "value: two", "value: three")
    world.commit("bob", "Say three", push="main")
    file = reviewed(world, "main", "--author", "forge:ann")
    world.check_out("ann", "main")
    world.write("ann", "notes.md", "something else\n")
    world.commit("ann", "Notes", push="main")
    approval = read_statement_of(file)
    own = replace(approval.change, id="20200101-000000-0000", authors=("ann@example.org",))
    world.check_out("forge", "main")
    world.forge_statement("bob", replace(approval, change=own))
    told = world.apply()
    assert told.code == 5
    assert "an author of the change cannot approve it" in told.err
