"""From a pushed branch to the applied change, with two keys and a bare remote; then what somebody might try."""

from pathlib import Path

import pytest

from tests.approval.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def reviewed(world: World, branch: str, *words: str) -> str:
    """Let CI review a branch, and return the change's name."""
    world.check_out("ci", branch)
    told = world.infraops("ci", "review", "-e", "local", "--author", "forge:ann", "--json", *words)
    assert told.code == 0, told.err + told.out
    change = told.document()["change"]
    return str(change["id"])


def pushed(world: World, branch: str = "change") -> None:
    """Let ann push a branch that changes a value."""
    world.edit("ann", "blueprints/first.yaml", "value: one", "value: two")
    world.commit("ann", "Say two", push=branch)


def signed(world: World, branch: str, change: str, who: str = "bob", *words: str) -> None:
    """Let somebody sign a change in a checkout of the branch, with the ledger that CI has, and push the approval."""
    world.check_out(who, branch)
    file = world.top / f"{change}.json"
    told = world.infraops(who, "approve", str(file), "--yes", *words)
    assert told.code == 0, told.err
    world.commit(who, "Approve", push=branch)


def test_from_branch_to_applied(world: World) -> None:
    pushed(world)
    world.check_out("ci", "change")
    file = world.top / "change.json"
    told = world.infraops("ci", "review", "-e", "local", "--author", "forge:ann", "--json", "--change", str(file))
    assert told.code == 0, told.err + told.out
    change = told.document()["change"]
    assert change["authors"] == ["ann@example.org"]
    world.check_out("bob", "change")
    told = world.infraops("bob", "approve", str(file), "--yes")
    assert told.code == 0, told.err
    world.commit("bob", "Approve", push="change")
    world.squash("change")
    world.check_out("ci", "main")
    told = world.infraops("ci", "apply", "-e", "local", "--yes")
    assert told.code == 0
