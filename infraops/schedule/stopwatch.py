"""How long a run takes, without the time in which all that it does is to wait for an answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Runs from when it is made; stands still while somebody is asked and no stack is at work beside."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._begun = now()
        self._at_work = 0
        self._asking = 0
        self._waited = 0.0
        self._still_since: float | None = None

    @contextmanager
    def working(self) -> Iterator[None]:
        """While open, a stack is at work."""
        self._count(at_work=1)
        try:
            yield
        finally:
            self._count(at_work=-1)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While open, somebody is asked, or waits for a turn to ask."""
        self._count(asking=1)
        try:
            yield
        finally:
            self._count(asking=-1)

    def read(self) -> tuple[float, float]:
        """Return the seconds it ran and the seconds it stood still."""
        self._count()
        with self._lock:
            return self._now() - self._begun - self._waited, self._waited

    def _count(self, *, at_work: int = 0, asking: int = 0) -> None:
        with self._lock:
            now = self._now()
            if self._still_since is not None:
                self._waited += now - self._still_since
            self._at_work += at_work
            self._asking += asking
            self._still_since = now if self._asking and not self._at_work else None
