"""How many stacks may be at work at once, and how one that only waits makes room for another."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """So many slots. A stack takes one when it begins and has it to its end, but for where it gives it back."""

    def __init__(self, count: int) -> None:
        self._changed = threading.Condition()
        self._free = count
        self._coming_back = 0
        self.freed = threading.Event()  # set whenever a slot gets free; who waits for that clears it

    def begin(self) -> bool:
        """Take a slot, if there is a free one that nobody wants back."""
        with self._changed:
            if self._free <= self._coming_back:
                return False
            self._free -= 1
            return True

    def end(self) -> None:
        """Let go of a slot."""
        with self._changed:
            self._free += 1
            self._changed.notify()
        self.freed.set()

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """While open, the stack has no slot: it waits for something that others at work will bring about."""
        self.end()
        try:
            yield
        finally:
            with self._changed:
                self._coming_back += 1
                self._changed.wait_for(lambda: self._free > 0)
                self._coming_back -= 1
                self._free -= 1
