"""Walking along edges between names: what is reached, and the same edges turned round. Pure."""

from collections.abc import Iterable, Mapping


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
