"""Strategies: random estates, and random stories of what is asked of infraops and what befalls it meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.lifecycle.nursery import MISHAPS
from tests.lifecycle.world import Needs

MOST_STACKS = 6
NAMES = ("ash", "birch", "cedar", "elm", "fir", "hazel")

TO_TOOLS = ("fails", "dies", "infraops is killed", "all are killed", "Ctrl-C", "Ctrl-C twice")
FATES = {
    "init": TO_TOOLS,
    "plan": TO_TOOLS,
    "show": (*TO_TOOLS, "talks nonsense"),
    "apply": tuple(f"{when}: {what}" for when in ("first", "between", "last") for what in TO_TOOLS),
    "check": ("infraops is killed", "all are killed", "Ctrl-C"),
}
LAST = 90  # the latest event, and look at the clock, that a mishap is tried at


@dataclass(frozen=True)
class Step:
    """One thing that is asked of infraops, what was changed before, and what befalls it."""

    command: str
    names: tuple[str, ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict)
    parallelism: int = 1
    refresh: bool = False
    says_no: bool = False
    rival: bool = False  # a second run of the same, beside it
    fates: Mapping[str, str] = field(default_factory=dict)  # `<stack>.<command>` → what befalls it
    in_the_way: frozenset[str] = frozenset()  # stacks where a file is in the place of their directory
    broken: frozenset[str] = frozenset()  # stacks whose check fails
    mishap: str = ""
    on: str = "event"
    at: int = 0


@dataclass(frozen=True)
class Story:
    """An estate, which of it was there before, and what came then."""

    graph: Mapping[str, Needs]
    before: tuple[str, ...]
    steps: tuple[Step, ...]
    ends_with: str  # how the last run, which nothing befalls, is asked for


@st.composite
def graphs(draw: st.DrawFn) -> Mapping[str, Needs]:
    """Draw who needs whom, in an order that is not the alphabet's."""
    count = draw(st.integers(1, MOST_STACKS))
    order = draw(st.permutations(NAMES[:count]))
    graph: dict[str, Needs] = {}
    for at, name in enumerate(order):
        earlier = order[:at]
        needed = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        hands = bool(needed) and draw(st.booleans())
        graph[name] = Needs(needed[0] if hands else "", tuple(needed[1:] if hands else needed))
    return graph


def some(names: tuple[str, ...], most: int = 2) -> st.SearchStrategy[frozenset[str]]:
    """Draw none to a few of these."""
    return st.frozensets(st.sampled_from(names), max_size=most)


@st.composite
def fates(draw: st.DrawFn, names: tuple[str, ...]) -> Mapping[str, str]:
    """Draw what befalls tools."""
    found = {}
    for _ in range(draw(st.integers(0, 2))):
        command = draw(st.sampled_from(["apply", "apply", "plan", "show", "check", "init"]))
        found[f"{draw(st.sampled_from(names))}.{command}"] = draw(st.sampled_from(FATES[command]))
    return found


@st.composite
def steps(draw: st.DrawFn, names: tuple[str, ...], commands: tuple[str, ...]) -> Step:
    """Draw one step on an estate of these stacks."""
    changed = {name: draw(st.sampled_from("xyz")) for name in sorted(draw(some(names)))}
    rare = st.integers(0, 5).map(lambda number: number == 5)
    is_aimed = draw(st.integers(0, 2)) == 2
    on = draw(st.sampled_from(["event", "clock"])) if is_aimed else "event"
    return Step(
        command=draw(st.sampled_from(commands)),
        names=tuple(sorted(draw(some(names)))) if draw(rare) else (),
        changed=changed,
        parallelism=draw(st.integers(1, 3)),
        refresh=draw(rare),
        says_no=draw(rare),
        rival=draw(rare),
        fates=draw(fates(names)),
        in_the_way=draw(some(names, 1)) if draw(rare) else frozenset(),
        broken=draw(some(names, 1)) if draw(rare) else frozenset(),
        mishap=draw(st.sampled_from(MISHAPS[on])) if is_aimed else "",
        on=on,
        at=draw(st.integers(1, LAST)) if is_aimed else 0,
    )


@st.composite
def stories(draw: st.DrawFn, *, first: str) -> Story:
    """Draw a story whose first step carries the line `first`."""
    graph = draw(graphs())
    names = tuple(graph)
    known = names[: draw(st.integers(0, len(names)))] if first == "apply" else names
    told = [draw(steps(names, (first,)))]
    for _ in range(draw(st.integers(0, 2))):
        told.append(draw(steps(names, ("resume", "resume", "apply", "plan", first))))
    return Story(graph, known, tuple(told), draw(st.sampled_from(["resume", first])))
