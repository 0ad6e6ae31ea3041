"""The logs of a run: every event, in a file of its stack, in the run's directory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infraops.models.events import Event, Progress, Report, Said, StationEnded, StationStarted


@contextmanager
def logs_in(directory: Path, report: Report) -> Iterator[Report]:
    """Pass every event on to `report` and write it to the log of its stack in the run's directory."""
    lock = threading.Lock()

    def both(event: Event) -> None:
        with lock, (directory / f"{event.stack.replace('/', '-')}.log").open("a", encoding="utf-8") as log:
            log.write(f"{_as_line(event)}\n")
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
