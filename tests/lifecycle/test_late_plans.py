"""Plans that Terraform writes when its run is dead already: they hold secrets, and go all the same."""

import time
from pathlib import Path

import pytest

from tests.lifecycle.nursery import Answer, Nursery, Order
from tests.lifecycle.world import Needs, World

AT_WORK = 1.5  # seconds for which Terraform goes on


class Lives:
    """An estate of one stack, and the runs that it sees."""

    def __init__(self, directory: Path, nursery: Nursery) -> None:
        self.world = World(directory, {"ash": Needs()})
        self.world.make()
        self._nursery = nursery

    def run(self, command: str, *, refresh: bool = False) -> Answer:
        order = Order(str(self.world.root), str(self.world.home), command, refresh=refresh)
        (answer,) = self._nursery.carry_out(order)
        return answer

    def kill_at_plan(self, command: str, *, then: str, refresh: bool = False) -> None:
        self.world.tempt({"ash.plan": f"infraops is killed {then}"}, frozenset(), frozenset())
        assert self.run(command, refresh=refresh).killed

    @property
    def at_work(self) -> bool:
        """Whether the fake is, which has the estate's directory as its own or below."""
        directories = [entry / "cwd" for entry in Path("/proc").glob("[0-9]*")]
        return any(self.world.root in _leads_to(each).parents for each in directories)

    @property
    def plans(self) -> list[Path]:
        return list(self.world.root.rglob("*.tfplan"))


def _leads_to(link: Path) -> Path:
    try:
        return link.readlink()
    except OSError:  # it has ended, or is another's
        return Path("/")


@pytest.fixture
def lives(tmp_path: Path, nursery: Nursery) -> Lives:
    return Lives(tmp_path / "w", nursery)


def test_a_plan_that_ends_after_its_run_was_killed_goes_with_the_takeover(lives: Lives) -> None:
    lives.kill_at_plan("apply", then=f"for {AT_WORK}")
    assert lives.run("resume").outcome == "done"
    assert "conflict" not in str(lives.world.calls())
    assert lives.plans == []


def test_a_dead_run_keeps_its_claim_on_a_proven_stack_while_its_terraform_is_at_work(lives: Lives) -> None:
    assert lives.run("apply").outcome == "done"
    lives.kill_at_plan("plan", refresh=True, then="until it may go on")
    assert lives.run("apply").outcome == "unchanged"  # proven: nobody takes the stack over
    (lives.world.directory / "it may go on").touch()
    while not lives.plans:  # written after that run had looked for what the dead left
        time.sleep(0.01)
    while lives.at_work:
        time.sleep(0.01)
    assert lives.run("apply").outcome == "unchanged"
    assert lives.plans == []
    assert lives.world.record().claims == {}
