"""The graph of a review as SVG: a column a level, a box a stack, a line for all that one has of another."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from infraops.models.reports.graph import EdgeKind, StackGraph
from infraops.views.drawing import hands_in_words, own_name
from infraops.views.review.page import Gravity

BOX_HEIGHT, GAP, BETWEEN = 30, 12, 90  # pixels
CHARACTER = 7.6  # of a name, pixels


@dataclass(frozen=True)
class Box:
    """A stack's place in the picture, in pixels from its upper left."""

    name: str
    x: int
    y: int
    width: int
    kind: str


@dataclass(frozen=True)
class Arrow:
    """A curve from one box to another, as SVG writes it, and what is handed along it."""

    path: str
    title: str
    dashed: bool


@dataclass(frozen=True)
class Picture:
    """A drawn graph and its size, in pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(graph: StackGraph, gravities: Mapping[str, Gravity]) -> Picture:
    """Place the stacks of a graph; `gravities` says of each how much it asks of the reviewer."""
    boxes: dict[str, Box] = {}
    x = height = 0
    for _, column in groupby(graph.nodes, key=lambda node: node.level):
        nodes = list(column)
        width = int(max(len(own_name(node.stack)) for node in nodes) * CHARACTER) + 24
        for place, node in enumerate(nodes):
            kind = gravities.get(node.stack, Gravity.NOTHING).name.lower()
            boxes[node.stack] = Box(own_name(node.stack), x, place * (BOX_HEIGHT + GAP), width, kind)
        height = max(height, len(nodes) * (BOX_HEIGHT + GAP))
        x += width + BETWEEN
    arrows = tuple(
        Arrow(_curve(boxes[e.producer], boxes[e.consumer]), hands_in_words(e) or "order", e.kind is EdgeKind.ORDER)
        for e in graph.edges
        if e.producer in boxes and e.consumer in boxes
    )
    return Picture(max(0, x - BETWEEN), max(0, height - GAP), tuple(boxes.values()), arrows)


def _curve(of: Box, to: Box) -> str:
    x1, y1, x2, y2 = of.x + of.width, of.y + BOX_HEIGHT // 2, to.x, to.y + BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M {x1} {y1} C {middle} {y1}, {middle} {y2}, {x2} {y2}"
