"""The logs of a run: every event, in a file of its stack, in the run's directory."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infraops.models.runs.events import Event, Progress, Report, Said, StationEnded, StationStarted


@contextmanager
def logs_in(directory: Path, report: Report) -> Iterator[Report]:
    """Pass every event on to `report` and write it to the log of its stack in the run's directory."""
    lock = threading.Lock()

    def both(event: Event) -> None:
        file = f"{directory}/{event.stack.replace('/', '-')}.log"
        with lock:
            log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                os.write(log, f"{_as_line(event)}\n".encode())
            finally:
                os.close(log)
        report(event)

    yield both


def _as_line(event: Event) -> str:
    match event:
        case StationStarted():
            return f"== {event.station}"
        case StationEnded():
            line = f"== {event.station}: {event.outcome} in {event.seconds:.1f} s"
            return f"{line}: {event.summary}" if event.summary else line
        case Progress():
            return f"   {event.text}"
        case Said():
            return f"   {event.line}"
