"""Words for what happens: each becomes an entry, at once or along with the next one of its stack."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from infraops.ledger.chain import read_at
from infraops.ledger.drafts import Clock, Draft
from infraops.models.runs.record import (
    ChildEnded,
    ChildStarted,
    DriftFound,
    Entry,
    HostConfigured,
    HostsTouched,
    Kind,
    Payload,
    RunEnded,
    RunStarted,
    StackBlocked,
    StackDestroyed,
    StackForgotten,
    StackRenamed,
    StacksProven,
    StackTakenOver,
    StationEnded,
    StationStarted,
)
from infraops.models.runs.run import Outcome

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

    def append(self, kind: Kind, *, run: str, stack: str | None = None, payload: Payload) -> Entry:
        """Add an entry, behind those that waited for it; they are in the ledger when this returns.

        `payload` is of the kind's type (`PAYLOADS`). A kill takes nothing of it away any more. A power cut does not
        either, but for entries that are `light` and that no other one has followed.
        """
        # A child is at work already, and is ended where its start cannot be taken down: nobody waits with that.
        patient = kind is not Kind.CHILD_STARTED
        return self._write(run, stack, Draft(kind, run, stack, payload), patient=patient)[-1]

    def hold(self, kind: Kind, *, run: str, stack: str, payload: Payload) -> None:
        """Let an entry wait for the next one of its stack, or of its run, if it may; else add it at once."""
        draft = Draft(kind, run, stack, payload, self._clock())
        with self._lock:
            # Of a worker that goes on for the same stack the end still waits: so may the start of its next command.
            if draft.may_wait or self._shown.get((run, stack)) == payload:
                self._waiting.setdefault((run, stack), []).append(draft)
                return
        self.append(kind, run=run, stack=stack, payload=payload)

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

    def run_started(self, run: str, begun: RunStarted) -> Entry:
        """Take down that a run begins, before it does anything."""
        return self.append(Kind.RUN_STARTED, run=run, payload=begun)

    def run_ended(self, run: str, *, outcome: Outcome | str, exit_code: int) -> Entry:
        """Take down how a run ended."""
        return self.append(Kind.RUN_ENDED, run=run, payload=RunEnded(Outcome(outcome), int(exit_code)))

    def station_started(self, run: str, stack: str, station: str) -> Entry:
        """Take down that a stack enters a station, before the station works."""
        return self.append(Kind.STATION_STARTED, run=run, stack=stack, payload=StationStarted(station))

    def station_ended(
        self,
        run: str,
        stack: str,
        station: str,
        *,
        outcome: Outcome | str,
        seconds: float,
        digests: Mapping[str, str] | None = None,
        summary: str = "",
    ) -> Entry:
        """Take down how a station ended; `successes` gives the `digests` of a good end of verify back."""
        payload = StationEnded(station, Outcome(outcome), float(seconds), dict(digests or {}), summary)
        return self.append(Kind.STATION_ENDED, run=run, stack=stack, payload=payload)

    def child_started(self, run: str, stack: str, *, program: str, pid: int, started: int) -> None:
        """Take down a foreign program, as soon as it has a pid; `started` as in `processes.ProcessIdentity`."""
        self.hold(Kind.CHILD_STARTED, run=run, stack=stack, payload=ChildStarted(program, pid, started))

    def child_ended(
        self, run: str, stack: str | None, *, program: str, pid: int, exit_code: int, seconds: float
    ) -> Entry:
        """Take down that a foreign program has ended."""
        payload = ChildEnded(program, pid, exit_code, float(seconds))
        return self.append(Kind.CHILD_ENDED, run=run, stack=stack, payload=payload)

    def hosts_touched(self, run: str, stack: str, hosts: Sequence[str]) -> Entry:
        """Take down on which hosts a playbook is about to run; their proofs are void from here on."""
        return self.append(Kind.HOSTS_TOUCHED, run=run, stack=stack, payload=HostsTouched(tuple(hosts)))

    def host_configured(
        self, run: str, stack: str, *, host: str, identity: str, digest: str, independent: bool = False
    ) -> Entry:
        """Take down that a host went through its playbook; the fields are those of `HostConfigured`."""
        payload = HostConfigured(host, identity, digest, independent)
        return self.append(Kind.HOST_CONFIGURED, run=run, stack=stack, payload=payload)

    def drift_found(self, run: str, stack: str, resources: Sequence[str]) -> Entry:
        """Take down resources that are not as they were applied; voids all evidence of the stack."""
        return self.append(Kind.DRIFT_FOUND, run=run, stack=stack, payload=DriftFound(tuple(resources)))

    def stack_taken_over(self, run: str, stack: str, *, of: str, by_hand: bool = False) -> Entry:
        """Take down that a stack was taken from run `of`, which could not let go of it any more."""
        return self.append(Kind.STACK_TAKEN_OVER, run=run, stack=stack, payload=StackTakenOver(of, by_hand))

    def stacks_proven(self, run: str, stacks: Mapping[str, str]) -> Entry:
        """Take down which stacks of a run were left alone: name → the run that proves it up to date."""
        return self.append(Kind.STACKS_PROVEN, run=run, payload=StacksProven(dict(stacks)))

    def stack_blocked(self, run: str, stack: str, *, by: str) -> Entry:
        """Take down that a stack was left alone because `by` did not succeed."""
        return self.append(Kind.STACK_BLOCKED, run=run, stack=stack, payload=StackBlocked(by))

    def stack_destroyed(self, run: str, stack: str) -> Entry:
        """Take down that a stack's resources are gone; voids all evidence of the stack."""
        return self.append(Kind.STACK_DESTROYED, run=run, stack=stack, payload=StackDestroyed())

    def stack_forgotten(self, run: str, stack: str, *, resources: int) -> Entry:
        """Take down that a stack's state was set aside; voids all evidence of the stack."""
        return self.append(Kind.STACK_FORGOTTEN, run=run, stack=stack, payload=StackForgotten(resources))

    def stack_renamed(self, run: str, stack: str, *, before: str) -> Entry:
        """Take down that a stack takes over the state it had under another name, before that is moved."""
        return self.append(Kind.STACK_RENAMED, run=run, stack=stack, payload=StackRenamed(before))
