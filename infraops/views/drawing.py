"""Graphs in the languages of programs that draw: Mermaid and Graphviz' DOT.

Names of stacks, templates, outputs and inputs are held to letters, digits, hyphens and underscores when they are read.
Owners, tags and summaries are free text, and stand here only as text that neither language can take for its own.
"""

import re
from collections.abc import Iterator

from infraops.models.reports.graph import Edge, EdgeKind, Node, StackGraph
from infraops.views.words import pin_in_words

_PLAIN_IN_MERMAID = re.compile(r"[A-Za-z0-9 →]|(?<=[A-Za-z0-9])[-._@/](?=[A-Za-z0-9])")


def mermaid(graph: StackGraph, *, detailed: bool) -> str:
    """Write a Mermaid flowchart."""
    return "\n".join(_mermaid_lines(graph, detailed=detailed))


def _mermaid_lines(graph: StackGraph, *, detailed: bool) -> Iterator[str]:
    yield "flowchart LR"
    for node in graph.nodes:
        yield f'  {_mermaid_id(node.stack)}["{"<br>".join(_mermaid_text(line) for line in _label(node))}"]'
    for name in graph.needed_outside:
        yield f'  {_mermaid_id(name)}["{_mermaid_text(own_name(name))}"]:::outside'
    for edge in graph.edges:
        words = hands_in_words(edge, between="\n") if detailed else _counted(edge)
        label = "<br>".join(map(_mermaid_text, words.split("\n")))
        arrow = "-.->" if edge.kind is EdgeKind.ORDER else f'-->|"{label}"|'
        yield f"  {_mermaid_id(edge.producer)} {arrow} {_mermaid_id(edge.consumer)}"
    if graph.needed_outside:
        yield "  classDef outside stroke-dasharray: 4 4"


def _mermaid_id(stack: str) -> str:
    # With a prefix, for `end`, `graph` and `style` are words of Mermaid; no name holds an underscore, so all differ.
    return f"stack_{own_name(stack).replace('-', '_')}"


def _mermaid_text(text: str) -> str:
    """Write every character that might mean something as its number: quotes, brackets, what Markdown reads."""
    line = tidy(text)
    plain = {found.start() for found in _PLAIN_IN_MERMAID.finditer(line)}
    return "".join(one if at in plain else f"#{ord(one)};" for at, one in enumerate(line))


def dot(graph: StackGraph, *, detailed: bool) -> str:
    """Write a directed graph in DOT."""
    return "\n".join(_dot_lines(graph, detailed=detailed))


def _dot_lines(graph: StackGraph, *, detailed: bool) -> Iterator[str]:
    yield f"digraph {_quoted(graph.environment)} {{"
    yield '  graph [charset="UTF-8", rankdir=LR];'
    yield '  node [shape=box, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif", fontsize=10];'
    for node in graph.nodes:
        label = _quoted("\n".join(map(tidy, _label(node))))
        tooltip = _quoted(tidy(node.summary) or node.stack)
        yield f"  {_quoted(node.stack)} [label={label}, tooltip={tooltip}];"
    for name in graph.needed_outside:
        yield f"  {_quoted(name)} [label={_quoted(own_name(name))}, style=dashed];"
    for edge in graph.edges:
        words = hands_in_words(edge, between="\n") if detailed else _counted(edge)
        drawn = "style=dashed" if edge.kind is EdgeKind.ORDER else f"label={_quoted(words)}"
        yield f"  {_quoted(edge.producer)} -> {_quoted(edge.consumer)} [{drawn}];"
    yield "}"


def _quoted(text: str) -> str:
    """Quote a text for DOT; in labels a backslash begins an escape, and an ampersand an entity of HTML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n")
    return f'"{escaped}"'


def _label(node: Node) -> list[str]:
    lines = [own_name(node.stack), pin_in_words(node.template, node.pinned_apart_from), node.owner]
    return [*lines, ", ".join(node.tags)] if node.tags else lines


def _counted(edge: Edge) -> str:
    return str(len(edge.hands))


def hands_in_words(edge: Edge, *, between: str = ", ") -> str:
    """Name what is handed on: `port → database_port`, and once what is called alike on both sides; empty for order."""
    return between.join(
        (each.output if each.output == each.input else f"{each.output} → {each.input}")
        + (" (sensitive)" if each.sensitive else "")
        for each in edge.hands
    )


def own_name(stack: str) -> str:
    """Return a stack's name within its environment."""
    return stack.partition("/")[2]


def tidy(text: str) -> str:
    """Put free text on one line, and escape what would act on a terminal."""
    line = " ".join(text.split())
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)
