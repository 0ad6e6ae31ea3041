"""What happens becomes entries, at once or along with the next one of its stack."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from infraops.ledger.chain import read_at
from infraops.ledger.drafts import Clock, Draft
from infraops.models.ledger.entries import Entry, Payload
from infraops.models.ledger.stations import ChildEnded, ChildStarted

if TYPE_CHECKING:  # the store brings SQLAlchemy along, which is loaded when a ledger is opened
    from infraops.ledger.store import Store


class Notes:
    """What is taken down in a ledger. Safe to share between threads."""

    def __init__(self, store: "Store", clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[tuple[str, str], list[Draft]] = {}  # by run and stack
        self._shown: dict[tuple[str, str | None], ChildStarted] = {}  # the child that entries tell to be at work
        self._lock = threading.Lock()

    def append(self, payload: Payload, *, run: str, stack: str | None = None) -> Entry:
        """Add an entry, behind those that waited for it; they are in the ledger when this returns.

        A kill takes nothing of it away any more. A power cut does not either, but for entries that are `light` and that
        no other one has followed.
        """
        # A child is at work already, and is ended where its start cannot be taken down: nobody waits with that.
        patient = not isinstance(payload, ChildStarted)
        return self._write(run, stack, Draft(run, stack, payload), patient=patient)[-1]

    def hold(self, payload: Payload, *, run: str, stack: str) -> None:
        """Let an entry wait for the next one of its stack, or of its run, if it may; else add it at once."""
        draft = Draft(run, stack, payload, self._clock())
        with self._lock:
            # Of a worker that goes on for the same stack the end still waits: so may the start of its next command.
            if draft.may_wait or self._shown.get((run, stack)) == payload:
                self._waiting.setdefault((run, stack), []).append(draft)
                return
        self.append(payload, run=run, stack=stack)

    def settle(self, run: str, stack: str) -> None:
        """Add what still waits of a stack that has come to the end of its way."""
        self._write(run, stack)

    def _write(self, run: str, stack: str | None, *drafts: Draft, patient: bool = True) -> tuple[Entry, ...]:
        with self._lock:
            due = [key for key in self._waiting if key == (run, stack) or (stack is None and key[0] == run)]
            held = {key: self._waiting.pop(key) for key in due}
        whole = [*(draft for key in due for draft in held[key]), *drafts]
        if not whole:
            return ()
        try:
            rows = self._store.append(whole, self._clock, patient=patient)
        except BaseException:
            with self._lock:
                for key in due:
                    self._waiting[key] = held[key] + self._waiting.get(key, [])
            raise
        self._show(whole)
        return tuple(
            Entry(row.seq, read_at(row.at), row.kind, row.run, row.stack, draft.payload, row.previous, row.hash)
            for row, draft in zip(rows, whole, strict=True)
        )

    def _show(self, written: Sequence[Draft]) -> None:
        with self._lock:
            for draft in written:
                match draft.payload:
                    case ChildStarted() as child:
                        self._shown[draft.run, draft.stack] = child
                    case ChildEnded():
                        self._shown.pop((draft.run, draft.stack), None)
