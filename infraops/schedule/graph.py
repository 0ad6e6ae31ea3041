"""The graph of stacks: who waits for whom, and in which order they go."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from infraops.models.stacks.stack import Stack

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
