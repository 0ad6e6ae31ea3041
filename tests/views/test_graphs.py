"""Graphs for people and for programs that draw: every stack once, and nobody's free text becomes markup."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infraops.models.reports.graph import Edge, EdgeKind, Handed, Node, StackGraph
from infraops.views.drawing import dot, mermaid, own_name, tidy
from infraops.views.graphs import DETAILED, tree_lines

HOSTILE = [
    *(
        '"',
        "`",
        '"]',
        "-->",
        "->",
        "|",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        ";",
        "'",
        "=",
        "#",
        "\\",
        "\\N",
        '\\"',
        "//",
        "/*",
        "*/",
    ),
    *("#quot;", "#35;", "ﬂ°°35¶ß", "&", "&lt;", "&amp;", "<b>", "<script>alert(1)</script>", "http://e.x", "$$", "~~~"),
    *(
        "%%",
        "%%{init: {}}%%",
        ":::outside",
        "@{ shape: x }",
        "click ",
        "end",
        "subgraph ",
        "- ",
        "1. ",
        "* ",
        "**",
        "_",
    ),
    *("\n", "\x1b[31m", "\x9b31m", "\u202e", "\u2028", "é", "日本", "🎉", "x", " "),
]
TEXTS = st.text(max_size=12) | st.lists(st.sampled_from(HOSTILE), max_size=6).map("".join)
WORDS = ["a", "b-1", "click", "default", "end", "graph", "node", "o", "style", "subgraph", "x"]
HANDS = st.lists(
    st.builds(Handed, st.sampled_from(["end", "x_1"]), st.sampled_from(["end", "o"]), st.booleans()), max_size=3
)
MANY = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@st.composite
def graphs(draw: st.DrawFn) -> StackGraph:
    names = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7, unique=True))
    edges, levels = [], dict.fromkeys(names, 1)
    for number, consumer in enumerate(names):
        for producer in draw(st.lists(st.sampled_from(names[:number]), unique=True)) if number else ():
            hands = tuple(draw(HANDS))
            kind = EdgeKind.DATA if hands else EdgeKind.ORDER
            edges.append(Edge(f"lab/{producer}", f"lab/{consumer}", kind, hands))
            levels[consumer] = max(levels[consumer], levels[producer] + 1)
    outside = ("lab/far-away",) if draw(st.booleans()) else ()
    edges += [Edge(name, f"lab/{names[0]}", EdgeKind.ORDER) for name in outside]
    nodes = [
        Node(f"lab/{name}", "web@1.0", draw(TEXTS), tuple(draw(st.lists(TEXTS, max_size=2))), draw(TEXTS), level)
        for name, level in levels.items()
    ]
    return StackGraph("lab", tuple(sorted(nodes, key=lambda one: (one.level, one.stack))), tuple(edges), outside)


def label_of(node: Node) -> str:
    """Return what a drawn stack should say, line by line."""
    lines = [own_name(node.stack), node.template, tidy(node.owner)]
    return "\n".join([*lines, tidy(", ".join(node.tags))] if node.tags else lines)


MERMAID_LABEL = r'"((?:[A-Za-z0-9 →._@/-]|#[0-9]+;|<br>)*)"'
MERMAID = {
    "head": re.compile("flowchart LR"),
    "node": re.compile(rf"  (stack_[a-z0-9_]+)\[{MERMAID_LABEL}\](:::outside)?"),
    "edge": re.compile(rf"  (stack_[a-z0-9_]+) (?:-\.->|-->\|{MERMAID_LABEL}\|) (stack_[a-z0-9_]+)"),
    "style": re.compile("  classDef outside [a-z: 0-9-]+"),
}
DOT_TEXT = r'"((?:[^"\\\n]|\\["\\n])*)"'
DOT = {
    "head": re.compile(r'digraph "lab" \{|  (?:graph|node|edge) \[[^\]]*\];|\}'),
    "node": re.compile(rf"  {DOT_TEXT} \[label={DOT_TEXT}(?:, tooltip={DOT_TEXT}|, style=dashed)\];"),
    "edge": re.compile(rf"  {DOT_TEXT} -> {DOT_TEXT} \[(?:style=dashed|label={DOT_TEXT})\];"),
}


def statements(text: str, grammar: dict[str, re.Pattern[str]]) -> Iterator[tuple[str, re.Match[str]]]:
    """Read every line as one of the few statements that there may be."""
    for line in text.split("\n"):
        ((kind, found),) = [(kind, found) for kind, form in grammar.items() if (found := form.fullmatch(line))]
        yield kind, found


def read_mermaid(text: str) -> str:
    return unescape(re.sub("#([0-9]+);", r"&#\1;", text.replace("<br>", "\n")))


def read_dot(text: str) -> str:
    return unescape(re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text))


@given(graphs(), st.booleans())
@MANY
def test_no_text_becomes_markup_in_mermaid(graph: StackGraph, detailed: bool) -> None:
    found = list(statements(mermaid(graph, detailed=detailed), MERMAID))
    nodes = {match[1]: read_mermaid(match[2]) for kind, match in found if kind == "node"}
    wanted = {f"stack_{own_name(node.stack).replace('-', '_')}": label_of(node) for node in graph.nodes}
    assert nodes == {**wanted, **({"stack_far_away": "far-away"} if graph.needed_outside else {})}
    assert sum(kind == "edge" for kind, _ in found) == len(graph.edges)


@given(graphs(), st.booleans())
@MANY
def test_no_text_becomes_markup_in_dot(graph: StackGraph, detailed: bool) -> None:
    found = list(statements(dot(graph, detailed=detailed), DOT))
    nodes = {match[1]: read_dot(match[2]) for kind, match in found if kind == "node"}
    wanted = {node.stack: label_of(node) for node in graph.nodes}
    assert nodes == {**wanted, **({"lab/far-away": "far-away"} if graph.needed_outside else {})}
    drawn = [(match[1], match[2]) for kind, match in found if kind == "edge"]
    assert drawn == [(edge.producer, edge.consumer) for edge in graph.edges]


@given(graphs())
@settings(max_examples=20, deadline=None)
def test_graphviz_reads_the_same(graph: StackGraph) -> None:
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    done = subprocess.run(["dot", "-Tjson0"], input=dot(graph, detailed=True), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    objects: list[dict[str, Any]] = json.loads(done.stdout, strict=False)["objects"]
    assert {one["name"] for one in objects} == {node.stack for node in graph.nodes} | set(graph.needed_outside)


@given(graphs(), st.booleans())
@MANY
def test_the_tree_holds_every_stack_once_as_far_in_as_its_level(graph: StackGraph, detailed: bool) -> None:
    lines = [line.plain for line in tree_lines(graph, detailed=detailed, width=80)]
    assert all(line.isprintable() for line in lines)
    rows = [re.fullmatch(r"((?:│   |    )*(?:[├└]── )?)([a-z0-9-]+)  web@1\.0  .*", line) for line in lines]
    found = {row[2]: 1 + len(row[1]) // 4 for row in rows if row}
    assert found == {own_name(node.stack): node.level for node in graph.nodes}
    assert sum(row is not None for row in rows) == len(graph.nodes)


def chain(length: int) -> StackGraph:
    nodes = tuple(Node(f"lab/s{number:03}", "web@1.0", "us", level=number + 1) for number in range(length))
    hands = (Handed("id", "value"),)
    edges = [Edge(one.stack, two.stack, EdgeKind.DATA, hands) for one, two in pairwise(nodes)]
    return StackGraph("lab", nodes, tuple(edges))


def wide(size: int) -> StackGraph:
    """Return two stacks that all others take something of."""
    top = (Node("lab/a", "web@1.0", "us"), Node("lab/b", "web@1.0", "us"))
    others = tuple(Node(f"lab/s{number:03}", "web@1.0", "us", level=2) for number in range(size - 2))
    edges = [Edge(one.stack, node.stack, EdgeKind.DATA, (Handed("id", "x"),)) for node in others for one in top]
    return StackGraph("lab", (*top, *others), tuple(edges), dependents_outside=("lab/y", "lab/z"))


def test_a_large_tree_takes_a_line_a_stack() -> None:
    lines = [line.plain for line in tree_lines(wide(300), detailed=False, width=80)]
    assert lines[0] == "lab: 300 stacks on 2 levels (2, 298), 596 values handed on"
    assert lines[1:3] == ["a  web@1.0  us", "├── s000  web@1.0  us  ← a (1), b (1)"]
    assert lines[300:] == [
        "b  web@1.0  us  needed by 298 elsewhere",
        "← from whom, and how many values; --verbose or a smaller choice names them",
        "not shown: 2 stacks that need these: y, z (--with-dependents)",
    ]


def test_a_deep_tree_is_written_too() -> None:
    assert len(list(tree_lines(chain(2000), detailed=False, width=80))) == 2002
    assert len(list(tree_lines(chain(DETAILED), detailed=True, width=80))) == 1 + 2 * DETAILED - 1


def test_no_stacks_are_a_graph_too() -> None:
    none = StackGraph("lab", (), ())
    assert [line.plain for line in tree_lines(none, detailed=True, width=80)] == ["lab: 0 stacks, 0 values handed on"]
    assert mermaid(none, detailed=True) == "flowchart LR"
    assert [kind for kind, _ in statements(dot(none, detailed=True), DOT)] == ["head"] * 5
