"""The graph of stacks: who waits for whom, and who is affected by whom."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from infraops.models.stack import Stack

Graph = Mapping[str, frozenset[str]]  # stack → the stacks it waits for


def graph_of(stacks: Iterable[Stack], *, reverse: bool = False) -> Graph:
    """Return who waits for whom among `stacks`; edges to stacks outside are left out.

    `reverse` turns the edges round, as destroying needs it. The control repo's check made sure there is no cycle.
    """
    chosen = {stack.name: stack for stack in stacks}
    waits: dict[str, set[str]] = {name: set() for name in chosen}
    for name, stack in chosen.items():
        for needed in stack.depends_on:
            if needed in chosen:
                waits[needed if reverse else name].add(name if reverse else needed)
    return {name: frozenset(needed) for name, needed in waits.items()}


def in_order(graph: Graph) -> tuple[str, ...]:
    """Return the stacks so that each stands behind those it waits for; alphabetical where the graph leaves it open."""
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered.extend(ready)
        sorter.done(*ready)
    return tuple(ordered)


def reachable(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return everything that can be reached from `start` along `edges`, `start` included."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges.get(name, ()))
    return frozenset(seen)


def turned(edges: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    """Return the same edges pointing the other way."""
    back: dict[str, set[str]] = {name: set() for name in edges}
    for name, targets in edges.items():
        for target in targets:
            back.setdefault(target, set()).add(name)
    return {name: frozenset(sources) for name, sources in back.items()}
