"""Rules that the protected branch keeps behind a link, or spells otherwise, are rules all the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.approval.world import World, make_world, pushed

ENVIRONMENT = "inventories/local/environment.yaml"
DENIES = """\
schema: infraops/v1
rules:
  - {name: never, severity: deny, when: "true", message: nothing is changed here, control: ours}
"""


def link_the_file(world: World) -> None:
    move(world, ENVIRONMENT, "shared/local.yaml", "../../shared/local.yaml")


def link_the_directory(world: World) -> None:
    move(world, "inventories/local", "shared", "../shared")


def link_a_link(world: World) -> None:
    link_the_file(world)
    move(world, "shared", "deep/er", "./deep/../deep/er")
    (world.checkout("forge") / ENVIRONMENT).unlink()
    (world.checkout("forge") / ENVIRONMENT).symlink_to("../../shared/local.yaml")


def spell_it_otherwise(world: World) -> None:
    world.edit("forge", ENVIRONMENT, "approval:", '"appr\\u006fval":')


def move(world: World, name: str, to: str, link: str) -> None:
    """Move something on the forge, and leave a link to it where it was."""
    root = world.checkout("forge")
    (root / to).parent.mkdir(parents=True, exist_ok=True)
    (root / name).rename(root / to)
    (root / name).symlink_to(link)


@pytest.mark.parametrize("hide", [link_the_file, link_the_directory, link_a_link, spell_it_otherwise])
def test_the_demand_for_approval_is_found_behind_a_link(tmp_path: Path, hide: Callable[[World], None]) -> None:
    world = make_world(tmp_path)
    world.check_out("forge", "main")
    hide(world)
    world.commit("forge", "Keep it elsewhere", push="main")
    assert world.apply().code == 5, "main itself demands it"

    world.check_out("ann", "main")
    file = (world.checkout("ann") / ENVIRONMENT).resolve()
    text = file.read_text()
    file.write_text(text[: text.index("change:")])
    pushed(world)
    found = world.apply(branch="change")
    assert found.code == 5, "the branch cannot take it away"
    assert "no approval covers it" in found.err


def test_policies_and_signers_behind_links_count(world: World) -> None:
    world.check_out("forge", "main")
    world.write("forge", "rules/never.yaml", DENIES)
    (world.checkout("forge") / "policies").symlink_to("rules")
    for name in ("allowed_signers", "infraops.yaml"):
        move(world, name, f"kept/{name}", f"kept/{name}")
    world.commit("forge", "Rules elsewhere", push="main")
    (world.checkout("forge") / "policies").unlink()
    world.commit("forge", "And gone from a branch", push="gone")
    found = world.apply(branch="gone")
    assert found.code == 4, found.out + found.err
    assert "nothing is changed here" in found.err
