"""`infraops graph`: which stacks there are, and what hands what to whom."""

from collections.abc import Iterable, Iterator, Mapping

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.selection.stacks import Selection, choose_environment, select
from infraops.models.reports.graph import Edge, EdgeKind, Handed, Node, StackGraph
from infraops.models.stacks.stack import Stack
from infraops.schedule.graph import graph_of, in_order


def graph(selection: Selection, surroundings: Surroundings) -> StackGraph:
    """Return the graph of the selected stacks, as the control repo declares it; states are not looked at."""
    repo = open_repo(surroundings).repo
    environment = choose_environment(repo, selection.environment)
    return graph_among(environment, select(repo, selection), repo.stacks.values())


def graph_among(environment: str, chosen: tuple[Stack, ...], every: Iterable[Stack]) -> StackGraph:
    """Return the graph of the chosen stacks of one environment, perhaps none; `every` holds those around them too."""
    names = {stack.name for stack in chosen}
    levels = _levels(chosen)
    edges = tuple(edge for stack in chosen for edge in _edges_into(stack))
    return StackGraph(
        environment=environment,
        nodes=tuple(sorted((_node(stack, levels) for stack in chosen), key=lambda node: (node.level, node.stack))),
        edges=edges,
        needed_outside=tuple(sorted({edge.producer for edge in edges} - names)),
        dependents_outside=tuple(
            sorted(stack.name for stack in every if stack.name not in names and names & set(stack.depends_on))
        ),
    )


def _levels(stacks: tuple[Stack, ...]) -> Mapping[str, int]:
    waits = graph_of(stacks)
    levels: dict[str, int] = {}
    for name in in_order(waits):
        levels[name] = 1 + max((levels[needed] for needed in waits[name]), default=0)
    return levels


def _node(stack: Stack, levels: Mapping[str, int]) -> Node:
    return Node(
        stack=stack.name,
        template=stack.template.reference,
        owner=stack.owner,
        tags=stack.tags,
        summary=stack.summary,
        level=levels[stack.name],
        pinned_apart_from=stack.pinned_apart_from,
    )


def _edges_into(stack: Stack) -> Iterator[Edge]:
    for producer in stack.depends_on:
        hands = tuple(
            Handed(reference.output, name, reference.sensitive)
            for name, reference in sorted(stack.inputs.items())
            if reference.stack == producer
        )
        yield Edge(producer, stack.name, EdgeKind.DATA if hands else EdgeKind.ORDER, hands)
