"""Who works when, on this machine: ready stacks side by side in threads, in the order of the graph."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from graphlib import TopologicalSorter

from infraops.schedule.graph import Graph
from infraops.stations.bench.slots import Slots

POLL_SECONDS = 0.2  # how often the waiting thread wakes up, so that it hears a Ctrl-C


def work_through(
    graph: Graph,
    carry: Callable[[str], bool],
    *,
    slots: Slots,
    blocked: Callable[[str, str], None],
    stop: threading.Event,
    already_failed: Mapping[str, str] | None = None,
) -> None:
    """Call `carry` for every stack once those it waits for are done and one of the slots is free.

    `carry` says whether the stack succeeded. A stack that waits for one that did not is handed to
    `blocked(stack, culprit)` instead. After `stop` is set, nothing new begins and what is at work is waited for.
    `already_failed` maps stacks that failed earlier to the culprit to name.
    """
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    culprits: dict[str, str] = dict(already_failed or {})
    running: dict[Future[bool], str] = {}
    ready: list[str] = []
    # A thread for each stack that has begun: one that gave its slot back for a while keeps its thread.
    with ThreadPoolExecutor(max_workers=max(1, len(graph)), thread_name_prefix="stack") as pool:
        while sorter.is_active():
            ready.extend(sorter.get_ready())
            ready.sort()
            while ready and not stop.is_set():
                name = ready[0]
                culprit = culprits.get(name) or _culprit(graph[name], culprits)
                if culprit is None:
                    if not slots.begin():
                        break
                    future = pool.submit(carry, ready.pop(0))
                    running[future] = name
                    future.add_done_callback(lambda _: slots.end())  # when its result can be had, and not before
                    continue
                ready.pop(0)
                if name not in culprits:
                    culprits[name] = culprit
                    blocked(name, culprit)
                sorter.done(name)
                ready.extend(sorter.get_ready())
                ready.sort()
            if not running:
                if stop.is_set():
                    return
                if not ready:
                    continue
            slots.freed.wait(POLL_SECONDS)
            slots.freed.clear()  # before the look at who is done, so that nobody is missed
            for future in [future for future in running if future.done()]:
                name = running.pop(future)
                if not future.result():
                    culprits[name] = name
                sorter.done(name)


def _culprit(needed: frozenset[str], culprits: Mapping[str, str]) -> str | None:
    return next((culprits[name] for name in sorted(needed) if name in culprits), None)
