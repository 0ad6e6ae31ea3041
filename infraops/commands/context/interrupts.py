"""What Ctrl-C means while a command is at work: once ends cleanly, twice kills."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from infraops.models.runs.events import Report, Said
from infraops.processes import Children

NOTICE = "interrupted: work at hand is finished cleanly; Ctrl-C again kills it"


@contextmanager
def listening(children: Children, report: Report) -> Iterator[None]:
    """While open, the first Ctrl-C (or SIGTERM) lets children end cleanly and the second kills them.

    Whoever waits for something else, such as an answer, looks at `children.interrupted` while it waits.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if children.interrupted.is_set():
            children.kill()
            return
        if children.at_work:
            report(Said("infraops", "", NOTICE, important=True))
        children.interrupt()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        # What is left after an interrupt is to say what happened: a third Ctrl-C must not cut that off.
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if children.interrupted.is_set() else handler)
