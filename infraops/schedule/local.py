"""Who works when, on this machine: ready stacks side by side in threads, in the order of the graph."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from infraops.schedule.graph import Graph

POLL_SECONDS = 0.2  # how often the waiting thread wakes up, so that it hears a Ctrl-C


def work_through(
    graph: Graph,
    carry: Callable[[str], bool],
    *,
    parallelism: int,
    blocked: Callable[[str, str], None],
    stop: threading.Event,
    already_failed: Mapping[str, str] | None = None,
) -> None:
    """Call `carry` for every stack once those it waits for are done, at most `parallelism` at a time.

    `carry` says whether the stack succeeded. A stack that waits for one that did not is handed to
    `blocked(stack, culprit)` instead. After `stop` is set, nothing new begins and what is at work is waited for.
    `already_failed` maps stacks that failed earlier to the culprit to name.
    """
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    culprits: dict[str, str] = dict(already_failed or {})
    running: dict[Future[bool], str] = {}
    ready: list[str] = []
    with ThreadPoolExecutor(max_workers=parallelism, thread_name_prefix="stack") as pool:
        while sorter.is_active():
            ready.extend(sorter.get_ready())
            ready.sort()
            while ready and len(running) < parallelism and not stop.is_set():
                name = ready.pop(0)
                if name in culprits:
                    sorter.done(name)
                elif (culprit := _culprit(graph[name], culprits)) is not None:
                    culprits[name] = culprit
                    blocked(name, culprit)
                    sorter.done(name)
                else:
                    running[pool.submit(carry, name)] = name
                    continue
                ready.extend(sorter.get_ready())
                ready.sort()
            if not running:
                if stop.is_set():
                    return
                continue
            finished, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                name = running.pop(future)
                if not future.result():
                    culprits[name] = name
                sorter.done(name)


def _culprit(needed: frozenset[str], culprits: Mapping[str, str]) -> str | None:
    return next((culprits[name] for name in sorted(needed) if name in culprits), None)
