"""How well the line is filled: the least time that the tools' own work needs, as a part of the time a run takes."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.demo import covered, entries_below, tool_times
from benchmarks.measuring import Finding, Series, carry_out
from benchmarks.places import INFRAOPS, environ
from benchmarks.trees import levels_repo
from infraops.commands.context.surroundings import BUILT_IN_CATALOG
from infraops.controlrepo.load import load
from infraops.models.ledger.entries import Entry
from infraops.schedule.graph import Graph, graph_of, in_order

LEVELS, WIDTH, AT_ONCE, AIM = 6, 10, 2, 0.90


def measure() -> Finding:
    """Apply an estate of six levels and divide what its tools needed by what it took."""
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        root = Path(directory)
        repo, home = root / "repo", root / "home"
        levels_repo(repo, levels=LEVELS, width=WIDTH, program="embedded")
        argv = [INFRAOPS, "apply", "-e", "local", "--yes", "--quiet", "--parallelism", str(AT_ONCE)]
        wall = carry_out(argv, cwd=repo, env=environ(home)).seconds
        graph = graph_of(tuple(load(repo, built_in=BUILT_IN_CATALOG).stacks.values()))
        seconds = tool_seconds(entries_below(home / "state"))
    longest, shared = critical_path(graph, seconds), sum(seconds.values()) / AT_ONCE
    found = max(longest, shared) / wall
    return Finding(
        f"{LEVELS * WIDTH} stacks in {LEVELS} levels, {AT_ONCE} at once: line efficiency",
        f"{found:.2f}",
        f"≥ {AIM:.2f}",
        found >= AIM,
        (
            Series("wall time", (wall,)),
            Series("time of the tools, divided by those at once", (shared,)),
            Series("longest chain of tools", (longest,)),
        ),
        ("Each stack makes a resource that takes a second; those behind the first level are planned twice.",),
    )


def tool_seconds(entries: tuple[Entry, ...]) -> Mapping[str, float]:
    """Sum up, stack by stack, how long foreign programs were at work."""
    stacks = {entry.stack for entry in entries if entry.stack}
    return {stack: covered(tool_times([e for e in entries if e.stack == stack])) for stack in sorted(stacks)}


def critical_path(graph: Graph, seconds: Mapping[str, float]) -> float:
    """Return the seconds of the longest chain of stacks that need each other."""
    until: dict[str, float] = {}
    for name in in_order(graph):
        until[name] = seconds.get(name, 0.0) + max((until[needed] for needed in graph[name]), default=0.0)
    return max(until.values(), default=0.0)
