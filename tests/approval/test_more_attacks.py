"""What somebody might try with whose a stack is, with runs that go on, and with what a checkout says of itself."""

from dataclasses import replace
from pathlib import Path

from infraops.assessment.statements import read_change, write_change
from infraops.models.ledger.entries import Kind
from tests.approval.world import ENVIRONMENT, SETTINGS, World, make_world, reviewed, signed
from tests.commands.estate import blueprint
from tests.commands.test_drift import MODULE, PLAYBOOK, TEMPLATE

BY_OWNER = ENVIRONMENT.replace("{expires: 7d}", "{authorities: [{name: owner, demand: owner}]}")
FRIENDS = SETTINGS.replace(
    "team-trial: [ann@example.org]", "team-trial: [eve@example.org]\n    friends: [bob@example.org]"
)


def owned_world(top: Path) -> World:
    """Make a world in which eve has to say yes to `first`, which is there, and bob to `own`, which is not."""
    world = make_world(top, environment=BY_OWNER, settings=FRIENDS)
    world.check_out("forge", "main")
    signers = (world.checkout("forge") / "allowed_signers").read_text()
    world.write("forge", "allowed_signers", f"{signers}eve@example.org {world.public('eve')}\n")
    first = (world.checkout("forge") / "blueprints/first.yaml").read_text()
    own = first.replace("name: first", "name: own").replace("team-trial", "friends")
    world.write("forge", "blueprints/own.yaml", own)
    (world.checkout("forge") / "blueprints/second.yaml").unlink()
    world.commit("forge", "Whose is what", push="main")
    told(world, "main", "eve", "first")
    return world


def told(world: World, branch: str, who: str, *stacks: str) -> None:
    """Review, sign and apply what stands on a branch, and demand that this works."""
    signed(world, reviewed(world, branch, *stacks), who, branch)
    found = world.apply(*stacks, branch=branch)
    assert found.code == 0, found.err


def test_two_blueprints_change_places(tmp_path: Path) -> None:
    """Where eve's blueprint was stands bob's now, and the other way round."""
    world = owned_world(tmp_path)
    world.check_out("ann", "main")
    files = [world.checkout("ann") / f"blueprints/{name}.yaml" for name in ("first", "own")]
    first, own = (file.read_text() for file in files)
    files[0].write_text(own)
    files[1].write_text(first.replace("value: one", "value: two").replace("team-trial", "friends"))
    world.commit("ann", "Change places", push="places")
    signed(world, reviewed(world, "places", "first"), branch="places")
    found = world.apply("first", branch="places")
    assert found.code == 5, found.out
    assert "blueprints/own.yaml did not hold first on " in found.err


def test_a_blueprint_takes_over_the_state_of_anothers(tmp_path: Path) -> None:
    world = owned_world(tmp_path)
    world.check_out("ann", "main")
    world.edit("ann", "blueprints/own.yaml", "name: own\n", "name: own\nmoved_from: first\n")
    (world.checkout("ann") / "blueprints/first.yaml").unlink()
    world.commit("ann", "Take it over", push="taken")
    signed(world, reviewed(world, "taken", "own"), branch="taken")
    found = world.apply("own", branch="taken")
    assert found.code == 5, found.out
    assert "blueprints/own.yaml did not hold first on " in found.err


def test_a_change_that_shows_something_harmless(world: World) -> None:
    """Whoever hands a reviewer the file of a change cannot show him one thing and have him sign another."""
    file = world.top / "change.json"
    change = read_change(file.read_text())
    first = change.stacks["local/first"]
    shown = replace(first, effects={"update module.service.terraform_data.other": ""})
    world.check_out("forge", "main")
    for each in world.approvals("forge"):
        each.unlink()
        each.with_name(f"{each.name}.sig").unlink()
    file.write_text(write_change(replace(change, stacks={**change.stacks, "local/first": shown})))
    world.check_out("bob", "main")
    assert world.infraops("bob", "approve", str(file), "--yes").code == 0
    world.git("forge", "rm", "-r", "--quiet", "--ignore-unmatch", "approvals")
    for each in world.approvals("bob"):
        if each.parent.name == change.id:
            world.write("forge", str(each.relative_to(world.checkout("bob"))), each.read_text())
            signature = each.with_name(f"{each.name}.sig")
            world.write("forge", str(signature.relative_to(world.checkout("bob"))), signature.read_text())
    world.commit("forge", "Bob's word", push="main")
    found = world.apply("--author", "forge:ann")
    assert found.code == 6, found.out
    assert "was shown other effects than those of its fingerprint" in found.err


def test_a_run_that_ended_well_is_resumed_to_use_its_approval_again(world: World) -> None:
    assert world.apply().code == 0
    for word, before in (("three", "two"), ("two", "three")):
        world.check_out("ann", "main")
        world.edit("ann", "blueprints/first.yaml", f"value: {before}", f"value: {word}")
        world.commit("ann", f"Say {word}", push=f"{word}-again")
        signed(world, reviewed(world, f"{word}-again"), branch=f"{word}-again")
        world.squash(f"{word}-again")
        assert world.apply().code == 0
    run = world.entries(Kind.CHANGE_AUTHORISED)[-2].run  # which said three
    world.git("ci", "checkout", "--quiet", "--detach", "HEAD~1")
    found = world.infraops("ci", "resume", run, "--yes", "--quiet")
    assert found.code == 5, found.out + found.err
    assert f"it was used already, by run {run}" in found.err


def test_an_author_whom_the_forge_writes_otherwise(tmp_path: Path) -> None:
    """A forge takes names in any case, and `change.people` knows one: then ann is a stranger, and no other person."""
    world = make_world(tmp_path)
    world.git("ann", "config", "commit.gpgsign", "false")
    world.edit("ann", "blueprints/first.yaml", "value: one", "value: two")
    world.commit("ann", "Say two", push="change")
    world.check_out("ci", "change")
    words = ("review", "-e", "local", "--quiet", "--author", "Forge:Ann", "--change")
    assert world.infraops("ci", *words, str(world.top / "change.json")).code == 0
    signed(world, world.top / "change.json", "ann")
    found = world.apply("--author", "Forge:Ann", branch="change")
    assert found.code == 5, found.out
    assert "change.people does not say who Forge:Ann is" in found.err


def noted(world: World, top: Path) -> Path:
    """Let ann push a branch with a stack whose playbook writes a note; return where."""
    world.check_out("ann", "main")
    note = top / "note.txt"
    for path, text in {
        "blueprints/note.yaml": blueprint("note", parameters=f"{{path: {note}}}").replace("trial@1.0", "note@1.0"),
        "catalog/note/template.yaml": TEMPLATE,
        "catalog/note/README.md": "# note\n",
        "catalog/note/terraform/local/main.tf": MODULE,
        "catalog/note/playbook.yml": PLAYBOOK,
    }.items():
        world.write("ann", path, text)
    world.commit("ann", "A note", push="note")
    return note


def test_a_host_that_is_asked_for_although_it_is_proven(tmp_path: Path) -> None:
    """To configure it once more is a change, of which nobody said that it may happen."""
    world = make_world(tmp_path)
    note = noted(world, tmp_path)
    told(world, "note", "bob", "note")
    note.unlink()
    found = world.apply("note", "--limit", "note", branch="note")
    assert found.code == 5, found.out
    assert "`infraops review -e local note --limit note`" in " ".join(found.err.split())
    assert not note.exists()


def test_a_branch_that_brings_a_ledger_of_its_own(world: World) -> None:
    """Approvals that were used, and clean runs, would be what that ledger says."""
    world.check_out("ann", "change")
    world.edit("ann", "infraops.yaml", "change:\n", "ledger: other.sqlite3\nchange:\n")
    world.commit("ann", "A ledger", push="ledger")
    found = world.apply(branch="ledger")
    assert found.code == 5, found.out
    assert "infraops.yaml here names another ledger than on origin/main" in found.err


def test_a_branch_that_names_itself_the_protected_one(world: World) -> None:
    """Nobody knows here what the remote starts with: then no branch may say that it is the one."""
    world.check_out("ann", "change")
    world.edit("ann", "infraops.yaml", "change:\n", "change:\n  base: mine\n")
    world.edit("ann", "inventories/local/environment.yaml", "  approval: {expires: 7d}\n", "")
    world.commit("ann", "Mine", push="mine")
    world.check_out("ci", "mine")
    for ref in ("HEAD", "main"):
        world.git("ci", "update-ref", "--no-deref", "-d", f"refs/remotes/origin/{ref}")
    found = world.infraops("ci", "apply", "-e", "local", "--yes", "--quiet")
    assert found.code == 5, found.out
    assert "only that may name another" in found.err
