"""Doing work once for all who wait for it: the first begins at once, and who comes meanwhile has the next round."""

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from infraops.errors import Interrupted

POLL_SECONDS = 0.2  # how often those who wait look whether they were told to stop

Member = TypeVar("Member")
Result = TypeVar("Result")


@dataclass(eq=False)
class _Seat(Generic[Member, Result]):
    """One who takes part, and what it will be told."""

    member: Member
    told: Future[Result] = field(default_factory=Future)


class Rounds(Generic[Member, Result]):
    """Rounds of work, one at a time for each key. Nobody waits for others to come, only for the round that is going on.

    Whoever waits longest carries the next round out, in its own thread, for itself and all that wait with it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, list[_Seat[Member, Result]]] = {}
        self._going_on: set[Hashable] = set()

    def take_part(
        self,
        key: Hashable,
        member: Member,
        *,
        work: Callable[[Sequence[Member]], Sequence[Result]],
        fit: Callable[[Sequence[Member], Member], bool],
        aside: Callable[[], AbstractContextManager[None]],
        stop: threading.Event,
    ) -> Result:
        """Return what `work` returns, or raise what it raises, for this member.

        `work` is given the members of a round and returns a result for each; it works for the one that calls it and
        those that came until then and `fit` to the ones before them. Who waits does so inside `aside`, and raises
        Interrupted after `stop` is set unless its round has begun.
        """
        seat: _Seat[Member, Result] = _Seat(member)
        with self._changed:
            self._waiting.setdefault(key, []).append(seat)
            called = self._is_called(key, seat)
        if not called:
            with aside():
                called = self._wait(key, seat, stop)
        if called:
            self._carry_out(key, seat, work, fit)
        return seat.told.result()

    def _is_called(self, key: Hashable, seat: _Seat[Member, Result]) -> bool:
        """Whether the next round is this one's to carry out; then no other begins before it ends."""
        waiting = self._waiting[key]
        if key in self._going_on or not waiting or waiting[0] is not seat:
            return False
        self._going_on.add(key)
        return True

    def _wait(self, key: Hashable, seat: _Seat[Member, Result], stop: threading.Event) -> bool:
        """Wait until this one is called, or was told its result by another; return whether it is called."""
        with self._changed:
            while not seat.told.done():
                if stop.is_set() and seat in self._waiting[key]:
                    self._waiting[key].remove(seat)
                    raise Interrupted("waiting for a turn", "interrupted before it began")
                if self._is_called(key, seat):
                    return True
                self._changed.wait(POLL_SECONDS)
        return False

    def _carry_out(
        self,
        key: Hashable,
        seat: _Seat[Member, Result],
        work: Callable[[Sequence[Member]], Sequence[Result]],
        fit: Callable[[Sequence[Member], Member], bool],
    ) -> None:
        aboard: list[_Seat[Member, Result]] = []
        try:
            with self._changed:
                for other in self._waiting[key]:
                    if other is seat or fit([each.member for each in aboard], other.member):
                        aboard.append(other)
                self._waiting[key] = [other for other in self._waiting[key] if other not in aboard]
            for each, result in zip(aboard, work([each.member for each in aboard]), strict=True):
                each.told.set_result(result)
        except BaseException as error:
            for each in aboard or [seat]:
                if not each.told.done():
                    each.told.set_exception(error)
        finally:
            with self._changed:
                self._going_on.discard(key)
                self._changed.notify_all()
