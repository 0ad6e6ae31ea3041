"""Random graphs with random failures: order holds, one failure stops what depends on it and nothing else."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from infraops.models.basics.edges import reachable, turned
from infraops.schedule.graph import Graph, in_order
from infraops.schedule.local import work_through
from infraops.stations.bench.slots import Slots


@dataclass
class Recorder:
    """Carries stacks by taking notes; those in `failing` do not succeed."""

    failing: frozenset[str]
    pause: float = 0.0
    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    blocked: dict[str, str] = field(default_factory=dict)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def carry(self, name: str) -> bool:
        with self._lock:
            self.began.append(name)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(self.pause)
        with self._lock:
            self.ended.append(name)
            self._now -= 1
        return name not in self.failing

    def block(self, name: str, culprit: str) -> None:
        self.blocked[name] = culprit


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 12))
    names = [f"s{index:02d}" for index in range(size)]
    return {
        name: frozenset(draw(st.sets(st.sampled_from(names[:index]), max_size=3))) if index else frozenset()
        for index, name in enumerate(names)
    }


def work(graph: Graph, recorder: Recorder, parallelism: int = 2, failed: Mapping[str, str] | None = None) -> None:
    work_through(
        graph,
        recorder.carry,
        slots=Slots(parallelism),
        blocked=recorder.block,
        stop=threading.Event(),
        already_failed=failed,
    )


@settings(max_examples=60, deadline=None)
@given(graphs(), st.data())
def test_one_failure_stops_what_depends_on_it_and_nothing_else(graph: Graph, data: st.DataObject) -> None:
    failing = frozenset(data.draw(st.sets(st.sampled_from(sorted(graph)), max_size=3)))
    recorder = Recorder(failing)
    work(graph, recorder)
    dependents = turned(graph)
    behind_a_failure = {name for culprit in failing for name in reachable(dependents[culprit], dependents)}
    truly_failing = failing - behind_a_failure
    assert set(recorder.blocked) == behind_a_failure
    assert set(recorder.began) == set(graph) - set(recorder.blocked)
    assert all(culprit in truly_failing for culprit in recorder.blocked.values())


@settings(max_examples=40, deadline=None)
@given(graphs(), st.integers(1, 4))
def test_each_stack_comes_once_behind_those_it_waits_for(graph: Graph, parallelism: int) -> None:
    recorder = Recorder(frozenset(), pause=0.0005)
    work(graph, recorder, parallelism)
    assert sorted(recorder.began) == sorted(graph)
    for name, needed in graph.items():
        assert needed <= set(recorder.ended[: recorder.ended.index(name)])
    assert recorder.most_at_once <= parallelism


def test_independent_stacks_go_side_by_side() -> None:
    recorder = Recorder(frozenset(), pause=0.2)
    work({"a": frozenset(), "b": frozenset(), "c": frozenset()}, recorder, parallelism=3)
    assert recorder.most_at_once == 3


def test_a_stack_that_waits_makes_room_for_others_and_none_goes_on_beyond_the_slots() -> None:
    slots, count = Slots(2), 8
    recorder = Recorder(frozenset(), pause=0.01)
    all_wait = threading.Barrier(count, timeout=20)

    def carry(name: str) -> bool:
        with slots.given_back():
            all_wait.wait()  # comes to an end only where all have begun
        return recorder.carry(name)

    graph = {f"s{number}": frozenset[str]() for number in range(count)}
    work_through(graph, carry, slots=slots, blocked=recorder.block, stop=threading.Event())
    assert sorted(recorder.ended) == sorted(graph)
    assert recorder.most_at_once <= 2


def test_what_failed_before_is_not_tried_and_blocks_its_dependents() -> None:
    recorder = Recorder(frozenset())
    graph = {"a": frozenset[str](), "b": frozenset({"a"}), "c": frozenset[str]()}
    work(graph, recorder, failed={"a": "a"})
    assert recorder.began == ["c"]
    assert recorder.blocked == {"b": "a"}


def test_after_stop_nothing_new_begins() -> None:
    stop = threading.Event()
    began: list[str] = []

    def carry(name: str) -> bool:
        began.append(name)
        stop.set()
        return True

    graph = {"a": frozenset[str](), "b": frozenset({"a"})}
    work_through(graph, carry, slots=Slots(1), blocked=lambda *_: None, stop=stop)
    assert began == ["a"]


@given(graphs())
def test_the_order_is_the_same_every_time_and_respects_the_graph(graph: Graph) -> None:
    order = in_order(graph)
    assert order == in_order(dict(reversed(list(graph.items()))))
    assert all(order.index(needed) < order.index(name) for name in graph for needed in graph[name])
