"""The living children of one run, and who is told of them."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass

from infraops.processes.identity import ProcessIdentity, signal_group, signal_process


@dataclass(frozen=True)
class Finished:
    """A child that has ended its work. Negative exit codes are signals, as in `subprocess`."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True)
class Watch:
    """Who is told of a child: when it has a pid and has not worked yet, and when it has ended its work."""

    started: Callable[[ProcessIdentity], None]
    ended: Callable[[ProcessIdentity, int, float], None] = lambda identity, exit_code, seconds: None


class Children:
    """The living children of one run: what an interrupt is passed on to."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal may be heard by the very thread that holds it
        self._interrupts: dict[int, Callable[[], None]] = {}  # pid → what interrupts it
        self.interrupted = threading.Event()
        self.killed = threading.Event()

    def add(self, pid: int, *, interrupt: Callable[[], None] | None = None) -> None:
        """Take a child under watch; one that starts after an interrupt or a kill hears of it at once.

        `interrupt` asks it to come to an end. Without it the child itself, not its group, hears SIGINT: what a
        program has at work (a script that Terraform runs) is its own to finish or to end.
        """
        ask = interrupt or (lambda: signal_process(pid, signal.SIGINT))
        with self._lock:
            self._interrupts[pid] = ask
            too_late = self.interrupted.is_set()
        if self.killed.is_set():
            signal_group(pid, signal.SIGKILL)
        elif too_late:
            ask()

    def remove(self, pid: int) -> None:
        """Forget a child that has ended its work."""
        with self._lock:
            self._interrupts.pop(pid, None)

    @property
    def at_work(self) -> bool:
        """Whether a child is at work, which a kill would end."""
        return bool(self._interrupts)

    def interrupt(self) -> None:
        """Ask every living child once to come to an end; a second call changes nothing."""
        with self._lock:
            if self.interrupted.is_set():
                return
            self.interrupted.set()
            living = tuple(self._interrupts.values())
        for ask in living:
            ask()

    def kill(self) -> None:
        """End every living child at once."""
        self.interrupted.set()
        self.killed.set()
        with self._lock:
            living = tuple(self._interrupts)
        for pid in living:
            signal_group(pid, signal.SIGKILL)
