import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.approval.world import World, make_world, merge_approved, remove

Worlds = tuple[World, Path]


@pytest.fixture(scope="package")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """Tell the story up to the merge once; each test begins with a copy of that, at the same paths."""
    top = tmp_path_factory.mktemp("approval")
    world = make_world(top / "world")
    merge_approved(world)
    copy = top / "as it was"
    shutil.copytree(world.top, copy, symlinks=True)
    yield world, copy
    remove(world)


@pytest.fixture
def world(approved: Worlds) -> World:
    """Return a world in which ann's change was reviewed, signed by bob and merged, and is about to be applied."""
    world, copy = approved
    remove(world)
    shutil.copytree(copy, world.top, symlinks=True)
    return world
