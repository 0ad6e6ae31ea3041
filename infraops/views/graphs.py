"""The graph of stacks as a tree for people, and as text in Mermaid or DOT for other programs to draw."""

from collections.abc import Iterator
from enum import StrEnum
from textwrap import wrap

from rich.text import Text

from infraops.models.reports.graph import Edge, Node, StackGraph
from infraops.views.console import Streams
from infraops.views.drawing import dot, hands_in_words, mermaid, own_name, tidy
from infraops.views.words import count, first_of, pin_in_words

DETAILED = 30  # stacks up to which every value that is handed on is named
NARROWEST = 40  # columns that are left for what is said about a stack, however far in it stands
NAMED = 4  # stacks that a line of a larger tree names; the rest are counted


class GraphFormat(StrEnum):
    """How a graph is written."""

    TREE = "tree"
    MERMAID = "mermaid"
    DOT = "dot"


def show_graph(graph: StackGraph, form: GraphFormat, streams: Streams) -> None:
    """Print a graph; a large one names what is handed on only where everything is asked for (`--verbose`)."""
    detailed = streams.verbose or len(graph.nodes) <= DETAILED
    if form is GraphFormat.TREE:
        for line in tree_lines(graph, detailed=detailed, width=streams.out.width):
            streams.out.print(line, soft_wrap=True)
    else:
        write = mermaid if form is GraphFormat.MERMAID else dot
        streams.out.out(write(graph, detailed=detailed), highlight=False)


def tree_lines(graph: StackGraph, *, detailed: bool, width: int) -> Iterator[Text]:
    """Yield the lines of a tree in which every stack stands once, as far in as its level says.

    It stands below the producer of the highest level, of several below the one that hands it most; the others refer
    to it. Only what is said about a stack is broken at `width`, never its own line.
    """
    yield _headline(graph)
    tree = _Tree(graph, detailed=detailed)
    waiting = [("", "", node) for node in reversed(graph.nodes) if node.level == 1]
    while waiting:
        prefix, branch, node = waiting.pop()
        yield Text.assemble((f"{prefix}{branch}", "dim"), tree.row(node))
        inside = prefix + {"": "", "├── ": "│   ", "└── ": "    "}[branch]
        below = tree.below[node.stack]
        margin = f"{inside}{'│   ' if below else '    '}"
        for detail in tree.details(node):
            yield from (Text(margin + line, style="dim") for line in _broken(detail, width - len(margin)))
        branches = ["├── "] * (len(below) - 1) + ["└── "] * bool(below)
        waiting.extend((inside, each, child) for each, child in reversed(list(zip(branches, below, strict=True))))
    yield from _footnotes(graph, detailed=detailed)


class _Tree:
    """Where each stack stands, and what is said about it there."""

    def __init__(self, graph: StackGraph, *, detailed: bool) -> None:
        self._detailed = detailed
        self._into: dict[str, list[Edge]] = {node.stack: [] for node in graph.nodes}
        levels = {node.stack: node.level for node in graph.nodes}
        self._elsewhere: dict[str, list[str]] = {node.stack: [] for node in graph.nodes}
        self.below: dict[str, list[Node]] = {node.stack: [] for node in graph.nodes}
        for edge in graph.edges:
            self._into[edge.consumer].append(edge)
        self._outside = frozenset(graph.needed_outside)
        for node in graph.nodes:
            inside = [edge for edge in self._into[node.stack] if edge.producer not in self._outside]
            above = max(inside, key=lambda edge: (levels[edge.producer], len(edge.hands)), default=None)
            if above is not None:
                self.below[above.producer].append(node)
            for edge in inside:
                if edge is not above:
                    self._elsewhere[edge.producer].append(own_name(node.stack))

    def row(self, node: Node) -> Text:
        """Return the line of one stack."""
        tags = f"  [{', '.join(map(tidy, node.tags))}]" if node.tags else ""
        return Text.assemble(
            (own_name(node.stack), "bold"),
            (f"  {pin_in_words(node.template, node.pinned_apart_from)}", "cyan"),
            f"  {tidy(node.owner)}{tags}",
            ("" if self._detailed else self._in_short(node), "dim"),
        )

    def details(self, node: Node) -> Iterator[str]:
        """Yield what the stack takes, and who else needs it, in a few lines."""
        if not self._detailed:
            return
        for edge in self._into[node.stack]:
            if edge.hands:
                where = " (not shown)" if edge.producer in self._outside else ""
                yield f"takes from {own_name(edge.producer)}{where}: {hands_in_words(edge)}"
        waits = [edge.producer for edge in self._into[node.stack] if not edge.hands]
        for names, where in (
            ([own_name(name) for name in waits if name not in self._outside], ""),
            ([own_name(name) for name in waits if name in self._outside], " (not shown)"),
        ):
            if names:
                yield f"waits for {', '.join(names)}{where}"
        if elsewhere := self._elsewhere[node.stack]:
            yield f"needed by {', '.join(elsewhere)}, shown elsewhere"

    def _in_short(self, node: Node) -> str:
        taken = [
            own_name(edge.producer) + (f" ({len(edge.hands)})" if edge.hands else "") for edge in self._into[node.stack]
        ]
        short = f"  ← {first_of(taken, NAMED)}" if taken else ""
        elsewhere = len(self._elsewhere[node.stack])
        return f"{short}  needed by {elsewhere} elsewhere" if elsewhere else short


def _broken(text: str, width: int) -> Iterator[str]:
    """Break a text between values, not at their arrows."""
    together = text.replace(" → ", "\u00a0→\u00a0")
    lines = wrap(
        together, max(width, NARROWEST), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return (line.replace("\u00a0", " ") for line in lines)


def _headline(graph: StackGraph) -> Text:
    highest = max((node.level for node in graph.nodes), default=0)
    by_level = [sum(node.level == level for node in graph.nodes) for level in range(1, highest + 1)]
    on = f" on {highest} levels ({', '.join(map(str, by_level))})" if highest > 1 else ""
    handed = sum(len(edge.hands) for edge in graph.edges)
    text = f": {count(len(graph.nodes), 'stack')}{on}, {count(handed, 'value')} handed on"
    return Text.assemble((graph.environment, "bold"), text)


def _footnotes(graph: StackGraph, *, detailed: bool) -> Iterator[Text]:
    if not detailed:
        yield Text("← from whom, and how many values; --verbose or a smaller choice names them", style="dim")
    for names, what, option in (
        (graph.needed_outside, "that these need", "--with-dependencies"),
        (graph.dependents_outside, "that need these", "--with-dependents"),
    ):
        if names:
            shown = first_of(list(map(own_name, names)), NAMED)
            yield Text(f"not shown: {count(len(names), 'stack')} {what}: {shown} ({option})", style="dim")
