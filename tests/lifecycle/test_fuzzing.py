"""Random lives of random estates: whatever befalls a run, the record is valid and another run comes to the end of it.

Every run is a process of its own, forked from one that has infraops loaded, and really dies where it is killed. Its
Terraform is a small program that keeps states, locks and stale plans as the real one does (`fake_terraform.py`). In the
middle of a command it fails, is killed, kills infraops or everything, or sends Ctrl-C. In infraops itself a kill, an
interrupt, a bug or an OSError comes with any event, and a kill or an interrupt with any look at the clock, which is
also inside of any transaction of the ledger. What must hold is in `rules.py`.

INFRAOPS_FUZZ=1000 tells a thousand stories of each kind, not the usual few.
"""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.lifecycle.nursery import Answer, Nursery, Order
from tests.lifecycle.rules import broken_rules, disagreements, wrongly_blocked
from tests.lifecycle.stories import Step, Story, stories
from tests.lifecycle.world import World

STORIES = int(os.environ.get("INFRAOPS_FUZZ", "15"))  # of each kind
MEMORY = Path("/dev/shm")


def told(story: Story, nursery: Nursery, *, first: str) -> None:
    """Live through a story, and hold the rules against it after every step."""
    quick = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    directory = Path(tempfile.mkdtemp(prefix="life-", dir=quick))
    try:
        Life(World(directory / "w", story.graph), nursery).lead(story, first=first)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Life:
    """One estate on its way through a story."""

    def __init__(self, world: World, nursery: Nursery) -> None:
        self.world = world
        self.nursery = nursery

    def lead(self, story: Story, *, first: str) -> None:
        self.world.make()
        if story.before:
            self.clean("apply", story.before)
        for step in story.steps:
            self.take(step)
        if story.ends_with == "resume":
            self.clean("resume")
        self.clean(first)
        self.is_as_declared(gone=first == "destroy")
        before = self.world.calls()
        assert self.clean("apply" if first == "apply" else "destroy").outcome == "unchanged"
        if first == "apply":
            assert self.world.calls() == before, "a run with nothing to do started Terraform"
        assert not list(self.world.root.rglob("*.tfplan")), "plans have outlived the runs that were killed"

    def order(self, command: str, names: tuple[str, ...] = (), step: Step | None = None) -> Order:
        order = Order(str(self.world.root), str(self.world.home), command, names)
        if step is None:
            return order
        more = {name: getattr(step, name) for name in ("parallelism", "refresh", "says_no", "mishap", "on", "at")}
        return Order(str(self.world.root), str(self.world.home), command, names, **more)

    def take(self, step: Step) -> None:
        for name, value in step.changed.items():
            self.world.declare(name, value)
        self.world.tempt(step.fates, step.in_the_way, step.broken)
        orders = [self.order(step.command, step.names, step)]
        if step.rival:
            orders.append(self.order(step.command, step.names))
        answers = self.nursery.carry_out(*orders)
        self.world.relent()
        self.look(answers, meant=step)

    def clean(self, command: str, names: tuple[str, ...] = ()) -> Answer:
        """Carry out a run that nothing befalls; it has to succeed, unless there is nothing to resume."""
        (answer,) = self.nursery.carry_out(self.order(command, names))
        self.look([answer])
        if command != "resume":
            assert answer.code == 0, answer
        else:
            # There may be nothing to go on with; and a part cannot be destroyed that the rest needs.
            assert answer.code in (0, 4) or "ended well" in answer.error, answer
        return answer

    def look(self, answers: list[Answer], *, meant: Step | None = None) -> None:
        """Hold the rules against what is there now."""
        record = self.world.record()
        wrong = list(broken_rules(self.world, record))
        for answer in answers:
            assert answer.code in (0, 1, 3, 4, 5, 7, 64, 130, -9), answer
            if "a bug on purpose" not in answer.error and (meant is None or "nonsense" not in str(meant.fates)):
                assert "Traceback" not in answer.error, answer.error
            wrong += disagreements(answer, record)
            # To kill a tool is taken for a way to stop it, too.
            if answer.code == 130 and not any(what in str(meant) for what in ("Ctrl-C", "dies")):
                wrong.append(f"{answer.run} was interrupted, and nobody stopped it or its tools")
            if answer.run and answer.outcome not in ("interrupted", "not approved"):
                destroy = next(run for run in record.runs if run.id == answer.run).command == "destroy"
                wrong += wrongly_blocked(answer, self.world.graph, destroy=destroy)
        assert not wrong, "\n".join(wrong)

    def is_as_declared(self, *, gone: bool) -> None:
        """What is there is what is declared: each resource once, with the value that it was to have."""
        record = self.world.record()
        assert not record.claims
        for name, needs in self.world.graph.items():
            state = self.world.state(name)
            there = state.get("fake", {})
            if gone:
                assert not there, (name, there)
                continue
            hands = self.world.state(needs.input)["outputs"]["id"]["value"] if needs.input else ""
            values = {each: resource["value"] for each, resource in there.items()}
            assert values == {"first": self.world.values[name], "second": hands}, (name, there)


LENIENT = settings(
    max_examples=STORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


@LENIENT
@given(story=stories(first="apply"))
def test_whatever_befalls_an_apply_another_comes_to_its_end(nursery: Nursery, story: Story) -> None:
    told(story, nursery, first="apply")


@LENIENT
@given(story=stories(first="destroy"))
def test_whatever_befalls_a_destroy_another_comes_to_its_end(nursery: Nursery, story: Story) -> None:
    told(story, nursery, first="destroy")
