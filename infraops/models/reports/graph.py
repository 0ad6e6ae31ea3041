"""The graph of stacks as it is shown: who hands what to whom, and who merely goes first. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class EdgeKind(StrEnum):
    """Why one stack waits for another: it takes values, or the order alone matters."""

    DATA = "data"
    ORDER = "order"


@dataclass(frozen=True)
class Handed:
    """One value on its way: an output of the producer, and the consumer's input that it becomes."""

    output: str
    input: str
    sensitive: bool = False


@dataclass(frozen=True)
class Edge:
    """All that one stack has of another, by their full names; an edge of kind order hands nothing on."""

    producer: str
    consumer: str
    kind: EdgeKind
    hands: tuple[Handed, ...] = ()


@dataclass(frozen=True)
class Node:
    """A stack that is shown.

    Its level is 1 where it waits for none of the others that are shown, else one above the highest of those.
    """

    stack: str
    template: str
    owner: str
    tags: tuple[str, ...] = ()
    summary: str = ""
    level: int = 1
    pinned_apart_from: str = ""  # what the blueprint pins, where its environment pins another version


@dataclass(frozen=True)
class StackGraph:
    """The chosen stacks of one environment by level and name, and every edge that ends in one of them.

    `needed_outside` are stacks that were not chosen but that edges begin in; `dependents_outside` those not chosen
    that wait for a chosen one.
    """

    environment: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    needed_outside: tuple[str, ...] = ()
    dependents_outside: tuple[str, ...] = ()
