"""What `destroy`, `forget` and the words of `apply` would do is reviewed, signed and carried out like any change."""

from pathlib import Path

import pytest

from infraops.models.ledger.entries import Kind
from tests.approval.test_more_attacks import noted, owned_world, told
from tests.approval.world import Told, World, make_world

PAGE = "module.service.terraform_data.value"


def approved_here(world: World, *words: str, who: str = "bob") -> Told:
    """Let CI review what stands in its checkout, and somebody sign that into the ledger."""
    file = world.top / "change.json"
    found = world.infraops(
        "ci", "review", "-e", "local", "--author", "forge:ann", "--quiet", "--change", str(file), *words
    )
    assert found.code == 0, found.err + found.out
    said = world.infraops("ci", "approve", str(file), "--yes", "--to", "ledger", "--key", str(world.key(who)))
    assert said.code == 0, said.err
    return found


def carry(world: World, word: str, *words: str) -> Told:
    return world.infraops("ci", word, "-e", "local", "--yes", "--quiet", *words)


def test_a_resource_that_is_made_anew(world: World) -> None:
    assert world.apply().code == 0
    asked = ("first", "--replace", PAGE)
    refused = carry(world, "apply", *asked)
    assert refused.code == 5, refused.err
    assert f"`infraops review -e local first --replace {PAGE}` names the change" in " ".join(refused.err.split())
    approved_here(world, *asked)
    assert carry(world, "apply", *asked).code == 0
    again = carry(world, "apply", *asked)
    assert again.code == 5 and "no approval covers it" in again.err, again.err


def test_a_stack_that_is_let_go_of(world: World) -> None:
    assert world.apply().code == 0
    refused = carry(world, "forget", "second")
    assert refused.code == 5, refused.err
    assert "`infraops review -e local second --forget`" in " ".join(refused.err.split())
    review = approved_here(world, "second", "--forget")
    assert "forgets 1" in review.out
    other = carry(world, "destroy", "second")
    assert other.code == 6, other.err
    assert "would happen, and was not approved: delete" in " ".join(other.err.split())
    (state,) = world.ledger_file.parent.glob("terraform/local/second.tfstate")
    assert carry(world, "forget", "second").code == 0
    assert not state.exists() and list(state.parent.glob("second.backups/forgotten-*"))
    assert world.entries(Kind.STACK_FORGOTTEN)
    assert world.infraops("ci", "ledger", "verify").code == 0


def test_a_state_that_is_lost_is_let_go_of_by_approval_alone(world: World) -> None:
    assert world.apply().code == 0
    (state,) = world.ledger_file.parent.glob("terraform/local/second.tfstate")
    state.unlink()
    for words in (("review", "--refresh", "second"), ("apply", "--refresh", "--yes", "second")):
        stopped = world.infraops("ci", words[0], "-e", "local", "--quiet", *words[1:])
        assert stopped.code == 1 and "it is lost" in stopped.out + stopped.err, stopped.err + stopped.out
    refused = carry(world, "forget", "second")
    assert refused.code == 5, refused.err
    assert "`infraops review -e local second --forget`" in " ".join(refused.err.split())
    assert "in a state that is lost" in approved_here(world, "second", "--forget").out
    assert carry(world, "forget", "second").code == 0
    approved_here(world, "second")
    assert carry(world, "apply", "second").code == 0 and state.exists()
    assert world.infraops("ci", "ledger", "verify").code == 0


def test_a_state_that_was_put_in_its_place_before_it_was_let_go_of(world: World) -> None:
    assert world.apply().code == 0
    approved_here(world, "second", "--forget")
    (state,) = world.ledger_file.parent.glob("terraform/local/second.tfstate")
    lineage = state.read_text().partition('"lineage": "')[2].partition('"')[0]
    state.write_text(state.read_text().replace(lineage, "c0ffee00-0000-0000-0000-000000000000"))
    found = carry(world, "forget", "second")
    assert found.code == 6, found.err
    assert "its state is another one, with another lineage" in " ".join(found.err.split())


def orphaned(top: Path) -> World:
    """Make a world in which the blueprint of `first`, which eve has to say yes to, was taken away on main."""
    world = owned_world(top)
    world.check_out("forge", "main")
    (world.checkout("forge") / "blueprints/first.yaml").unlink()
    world.commit("forge", "No first any more", push="main")
    world.check_out("ci", "main")
    return world


@pytest.mark.parametrize(("word", "end"), [("destroy", "--destroy"), ("forget", "--forget")])
def test_an_orphan_is_whose_it_was(tmp_path: Path, word: str, end: str) -> None:
    world = orphaned(tmp_path)
    refused = carry(world, word, "--orphans")
    assert refused.code == 5, refused.err
    assert f"`infraops review -e local first {end} --orphans`" in " ".join(refused.err.split())
    approved_here(world, "--orphans", end, who="bob")
    refused = carry(world, word, "--orphans")
    assert refused.code == 5 and "owner: one of team-trial" in " ".join(refused.err.split()), refused.err
    approved_here(world, "--orphans", end, who="eve")
    done = carry(world, word, "--orphans")
    assert done.code == 0, done.err


def test_an_orphan_comes_to_its_end_in_an_emergency(tmp_path: Path) -> None:
    world = orphaned(tmp_path)
    approved_here(world, "--orphans", "--destroy", who="bob")
    done = carry(world, "destroy", "--orphans", "--emergency", "INC-1")
    assert done.code == 0, done.err


def test_an_orphan_of_which_nothing_says_whose_it_was(tmp_path: Path) -> None:
    world = orphaned(tmp_path)
    (card,) = world.ledger_file.parent.glob("terraform/local/first.card.json")
    card.unlink()
    approved_here(world, "--orphans", "--forget", who="eve")
    refused = carry(world, "forget", "--orphans")
    assert refused.code == 5, refused.err
    assert "nobody, as the stack has no owner" in " ".join(refused.err.split())


def test_a_branch_that_makes_an_orphan_of_a_stack_does_not_choose_its_owner(tmp_path: Path) -> None:
    """On main the blueprint stands still, and eve with it; the card beside the state is bob's."""
    world = owned_world(tmp_path)
    (card,) = world.ledger_file.parent.glob("terraform/local/first.card.json")
    card.write_text(card.read_text().replace("team-trial", "friends"))
    world.check_out("ann", "main")
    (world.checkout("ann") / "blueprints/first.yaml").unlink()
    world.commit("ann", "No first any more", push="gone")
    world.check_out("ci", "gone")
    approved_here(world, "--orphans", "--destroy", who="bob")
    refused = carry(world, "destroy", "--orphans")
    assert refused.code == 5 and "owner: one of team-trial" in " ".join(refused.err.split()), refused.err


def test_a_host_that_is_configured_although_it_is_proven(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    note = noted(world, tmp_path)
    told(world, "note", "bob", "note")
    world.squash("note")
    world.check_out("ci", "main")
    note.unlink()
    approved_here(world, "note", "--limit", "note")
    assert carry(world, "apply", "note", "--limit", "note").code == 0
    assert note.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--orphans",), "add --destroy or --forget"),
        (("--destroy", "--forget"), "--destroy does not go with --forget"),
        (("--forget",), "no stack was named"),
        (("first", "--forget", "--limit", "first"), "--limit does not go with --forget"),
        (("first", "--destroy", "--replace", PAGE), "--replace does not go with --destroy"),
        (("first", "--forget", "--untrusted"), "--forget does not go with --untrusted"),
        (("first", "--limit", "first", "--untrusted"), "--limit does not go with --untrusted"),
    ],
)
def test_words_that_no_command_takes_together_are_not_reviewed(world: World, words: tuple[str, ...], says: str) -> None:
    found = world.infraops("ci", "review", "-e", "local", *words)
    assert found.code == 64 and says in " ".join(found.err.split()), found.err
