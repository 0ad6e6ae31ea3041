"""Group commit: the first goes at once, who comes meanwhile goes together, and nobody is lost."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from infraops.errors import Interrupted
from infraops.stations.bench.rounds import Rounds
from infraops.stations.bench.slots import Slots

SECONDS = 20  # that a test waits for another thread, which takes none


@dataclass
class Workshop:
    """Work that waits until it is let go, and takes down who was in which round."""

    rounds: Rounds[str, str] = field(default_factory=Rounds)
    stop: threading.Event = field(default_factory=threading.Event)
    begun: list[tuple[str, ...]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    first_at_work: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    slots: Slots = field(default_factory=lambda: Slots(100))
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def work(self, members: Sequence[str]) -> list[str]:
        self.begun.append(tuple(members))
        self.first_at_work.set()
        assert self.go_on.wait(SECONDS)
        if "bad" in members:
            raise ValueError("bad")
        return [member.upper() for member in members]

    def come(
        self, member: str, key: str = "k", fit: Callable[[Sequence[str], str], bool] = lambda aboard, one: True
    ) -> str:
        @contextmanager
        def aside() -> Iterator[None]:
            with self._changed:
                self.waiting.append(member)
                self._changed.notify_all()
            with self.slots.given_back():
                yield

        return self.rounds.take_part(key, member, work=self.work, fit=fit, aside=aside, stop=self.stop)

    def until_waiting(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.waiting) >= count, SECONDS)


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    workshop = Workshop()
    try:
        yield workshop
    finally:
        workshop.go_on.set()


@pytest.fixture
def pool(workshop: Workshop) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool
        workshop.go_on.set()


def follow(workshop: Workshop, pool: ThreadPoolExecutor, *members: str, **options: object) -> dict[str, Future[str]]:
    """Let the first member be at work and the others wait, in their order."""
    told = {members[0]: pool.submit(workshop.come, members[0], **options)}  # type: ignore[arg-type]
    assert workshop.first_at_work.wait(SECONDS)
    for number, member in enumerate(members[1:], start=1):
        told[member] = pool.submit(workshop.come, member, **options)  # type: ignore[arg-type]
        workshop.until_waiting(number)
    return told


def test_the_first_goes_at_once_and_those_that_come_meanwhile_go_together(
    workshop: Workshop, pool: ThreadPoolExecutor
) -> None:
    told = follow(workshop, pool, "a", "b", "c", "d")
    assert workshop.begun == [("a",)], "the first waited for others"
    workshop.go_on.set()
    assert {member: future.result(SECONDS) for member, future in told.items()} == {m: m.upper() for m in "abcd"}
    assert workshop.begun == [("a",), ("b", "c", "d")]


def test_one_that_does_not_fit_has_the_round_after(workshop: Workshop, pool: ThreadPoolExecutor) -> None:
    def no_two_of_a_letter(aboard: Sequence[str], member: str) -> bool:
        return all(other[0] != member[0] for other in aboard)

    told = follow(workshop, pool, "a1", "b1", "b2", "c1", "b3", fit=no_two_of_a_letter)
    workshop.go_on.set()
    for future in told.values():
        future.result(SECONDS)
    assert workshop.begun == [("a1",), ("b1", "c1"), ("b2",), ("b3",)]


def test_other_keys_do_not_wait(workshop: Workshop, pool: ThreadPoolExecutor) -> None:
    follow(workshop, pool, "a")
    other = pool.submit(workshop.come, "b", "another")
    workshop.go_on.set()
    assert other.result(SECONDS) == "B"
    assert sorted(workshop.begun) == [("a",), ("b",)]
    assert workshop.waiting == []


def test_what_goes_wrong_in_a_round_is_told_to_all_of_it_and_to_nobody_else(
    workshop: Workshop, pool: ThreadPoolExecutor
) -> None:
    told = follow(workshop, pool, "a", "b", "bad", fit=lambda aboard, one: True)
    workshop.go_on.set()
    assert told["a"].result(SECONDS) == "A"
    for member in ("b", "bad"):
        with pytest.raises(ValueError, match="bad"):
            told[member].result(SECONDS)
    assert pool.submit(workshop.come, "later").result(SECONDS) == "LATER"


def test_a_stop_sends_those_away_that_wait_and_lets_the_round_end(workshop: Workshop, pool: ThreadPoolExecutor) -> None:
    told = follow(workshop, pool, "a", "b", "c")
    workshop.stop.set()
    for member in ("b", "c"):
        with pytest.raises(Interrupted):
            told[member].result(SECONDS)
    assert not told["a"].done()
    workshop.go_on.set()
    assert told["a"].result(SECONDS) == "A"
    assert workshop.begun == [("a",)]


def test_who_waits_makes_room_and_has_its_slot_back_when_it_goes_on() -> None:
    workshop = Workshop(slots=Slots(1))
    slots = workshop.slots
    with ThreadPoolExecutor(4) as pool:
        leader = pool.submit(workshop.come, "a")  # outside of the slots, so that the test holds the only one
        assert workshop.first_at_work.wait(SECONDS)
        assert slots.begin()
        follower = pool.submit(workshop.come, "b")
        workshop.until_waiting(1)
        assert slots.freed.wait(SECONDS)
        assert slots.begin(), "the one that waits kept its slot"
        workshop.go_on.set()
        leader.result(SECONDS)
        assert workshop.begun == [("a",)], "it went on without a slot"
        slots.end()
        assert follower.result(SECONDS) == "B"
        assert not slots.begin()
        slots.end()
        assert slots.begin()
