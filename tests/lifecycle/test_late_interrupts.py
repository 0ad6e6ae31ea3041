"""Ctrl-C at each event of an apply, to the very last: who told a run to stop hears that it was, whatever was done."""

from itertools import count
from pathlib import Path

import pytest

from tests.lifecycle.nursery import Answer, Nursery, Order
from tests.lifecycle.world import Needs, World


@pytest.mark.parametrize("mishap", ["Ctrl-C", "Ctrl-C twice"])
def test_a_run_told_to_stop_ends_with_130_also_where_its_last_stack_is_done(
    tmp_path: Path, nursery: Nursery, mishap: str
) -> None:
    world = World(tmp_path / "w", {"ash": Needs()})
    world.make()

    def run(command: str, *, at: int = 0) -> Answer:
        (answer,) = nursery.carry_out(Order(str(world.root), str(world.home), command, mishap=mishap, at=at))
        return answer

    stopped = []
    for at in count(1):
        world.declare("ash", f"value {at}")
        answer = run("apply", at=at)
        noted = world.record().runs[0]
        assert (noted.outcome and noted.outcome.value, noted.exit_code) == (answer.outcome, answer.code)
        if answer.outcome != "interrupted":
            break
        assert answer.code == 130
        stopped.append(answer.stacks["local/ash"]["outcome"])
    assert (answer.code, answer.outcome) == (0, "done"), "there was no such event any more"
    assert stopped[0] == "interrupted" and stopped[-1] == "done"
    world.declare("ash", "at last")
    run("apply", at=len(stopped))
    again = run("resume")
    assert (again.code, again.outcome) == (0, "unchanged"), "all was done, and nothing is done again"
