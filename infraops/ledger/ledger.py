"""The ledger as callers know it: words for what happened, and questions about what is proven."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from infraops.ledger import chain, changes, clean_runs, evidence
from infraops.ledger.history import pick_run, record_of
from infraops.ledger.payloads import read_entry, write_payload
from infraops.models.record import (
    ChildEnded,
    ChildStarted,
    DriftFound,
    Entry,
    Head,
    HostConfigured,
    HostsTouched,
    Kind,
    Payload,
    RunEnded,
    RunRecord,
    RunStarted,
    StackBlocked,
    StackDestroyed,
    StackForgotten,
    StackRenamed,
    StacksProven,
    StackTakenOver,
    StationEnded,
    StationStarted,
    Success,
    Verification,
)
from infraops.models.risk import PastChange
from infraops.models.run import Outcome

if TYPE_CHECKING:  # the store brings SQLAlchemy along, which is loaded when a ledger is opened
    from infraops.ledger.claims import Claims
    from infraops.ledger.store import Store

Clock = Callable[[], datetime]

SUMMED_UP = (
    Kind.RUN_STARTED,
    Kind.RUN_ENDED,
    Kind.STATION_STARTED,
    Kind.STATION_ENDED,
    Kind.STACKS_PROVEN,
    Kind.STACK_BLOCKED,
    Kind.COMMAND_STARTED,
    Kind.COMMAND_ENDED,
)


class Ledger:
    """An open ledger; `open_ledger` makes one. Safe to share between threads. Close it, or use it with `with`."""

    def __init__(self, store: "Store", claims: "Claims", clock: Clock) -> None:
        self.claims = claims
        self._store = store
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    # What happened

    def append(self, kind: Kind, *, run: str, stack: str | None = None, payload: Payload) -> Entry:
        """Add an entry; it is on disk when this returns. `payload` is of the kind's type (`PAYLOADS`)."""
        text = write_payload(kind, payload)

        def make(head: Head) -> chain.Row:
            return chain.next_row(head, at=self._clock(), kind=kind, run=run, stack=stack, payload=text)

        bears = evidence.bearing(payload) if stack is not None else None
        # A child is at work already, and is ended where its start cannot be taken down: nobody waits with that.
        row = self._store.append(make, bears, patient=kind is not Kind.CHILD_STARTED)
        return Entry(row.seq, chain.read_at(row.at), row.kind, run, stack, payload, row.previous, row.hash)

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

    def child_started(self, run: str, stack: str | None, *, program: str, pid: int, started: int) -> Entry:
        """Take down a foreign program, as soon as it has a pid; `started` as in `processes.ProcessIdentity`."""
        return self.append(Kind.CHILD_STARTED, run=run, stack=stack, payload=ChildStarted(program, pid, started))

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

    # What the record tells

    def entries(
        self, run: str | None = None, stack: str | None = None, kind: Kind | str | None = None
    ) -> tuple[Entry, ...]:
        """Give the entries that fit all that is asked for, oldest first. `run` is a whole id."""
        runs, kinds = None if run is None else [run], None if kind is None else [str(kind)]
        with self._store.reading() as now:
            return tuple(read_entry(row) for row in now.rows(runs=runs, stack=stack, kinds=kinds))

    def first_hash(self) -> str:
        """Give the hash of the first entry, which is this ledger's alone; empty where there is none."""
        with self._store.reading() as now:
            return next((row.hash for row in now.rows(limit=1)), "")

    def latest(self, stack: str, kind: Kind | str) -> Entry | None:
        """Give a stack's newest entry of a kind."""
        with self._store.reading() as now:
            rows = now.rows(stack=stack, kinds=[str(kind)], newest_first=True, limit=1)
            return next((read_entry(row) for row in rows), None)

    def runs(self, limit: int | None = 20) -> tuple[RunRecord, ...]:
        """Sum up the newest runs, newest first; all of them if `limit` is None."""
        with self._store.reading() as now:
            starts = list(now.rows(kinds=[Kind.RUN_STARTED], newest_first=True, limit=limit))
            if not starts:
                return ()
            return _records([row.run for row in starts], now.rows(kinds=SUMMED_UP, since=starts[-1].seq))

    def run(self, id_or_prefix: str) -> RunRecord:
        """Sum up one run, named by its id or the beginning of it. UsageError where that names none or several."""
        with self._store.reading() as now:
            run = pick_run(id_or_prefix, now.runs_like(id_or_prefix))
            return _records([run], now.rows(runs=[run], kinds=SUMMED_UP))[0]

    def unended_children(self, run: str, stack: str | None = None) -> tuple[ChildStarted, ...]:
        """Name the foreign programs whose end was not taken down: of a killed run, they may still be at work."""
        found: dict[int, ChildStarted] = {}
        with self._store.reading() as now:
            for row in now.rows(runs=[run], stack=stack, kinds=[Kind.CHILD_STARTED, Kind.CHILD_ENDED]):
                match read_entry(row).payload:
                    case ChildStarted(pid=pid) as child:
                        found[pid] = child
                    case ChildEnded(pid=pid):
                        found.pop(pid, None)
        return tuple(found.values())

    def configured_hosts(self, stack: str) -> Mapping[str, tuple[str, str]]:
        """Tell which hosts of a stack are proven configured: name → (identity, digest).

        Void: all after a failed provision or verify, found drift, or destroy; after a failed configure what it
        touched, or all where it did not say (`hosts_touched`); a station that was killed has failed.
        """
        with self._store.reading() as now:
            rows = now.rows(stack=stack, kinds=evidence.EVIDENCE_KINDS)
            return evidence.configured_hosts([read_entry(row) for row in rows])

    def successes(self, stacks: Sequence[str] | None = None) -> Mapping[str, Success]:
        """Give the digests of the last way through verify of each of these stacks (of all, if None).

        Stacks that anything acted on since are left out.
        """
        with self._store.reading() as now:
            return _successes(now.proofs(stacks))

    def clean_runs(self, environment: str, *, at_work: Collection[str] = ()) -> Mapping[str, int]:
        """Count by template (digest of its files, or reference) the runs that applied it without fail since it failed.

        `at_work` are runs that go on, the asking one included; others that stopped in the middle have failed, unless
        a run that resumes them mended that. A template that was never applied, or failed last, may be missing.
        """
        kinds, stations = clean_runs.KINDS, sorted(evidence.ACTING)
        with self._store.reading() as now:
            rows = now.acting_rows(environment, kinds=kinds, stations=stations, limit=clean_runs.LOOKED_AT)
            return clean_runs.clean_runs(map(read_entry, rows), at_work=at_work)

    def changes(self) -> tuple[PastChange, ...]:
        """Give the newest changes that were authorised, oldest first, each with how its stack ended in that run."""
        with self._store.reading() as now:
            rows = list(now.rows(kinds=[Kind.CHANGE_AUTHORISED], newest_first=True, limit=changes.LOOKED_AT))
            if rows:
                rows += now.rows(runs=sorted({row.run for row in rows}), kinds=changes.ENDS)
            return changes.changes_in(read_entry(row) for row in sorted(rows, key=lambda row: row.seq))

    def verify(self, *, kept: Head | None = None) -> Verification:
        """Check every entry and every link, and if given that the chain still holds a head noted elsewhere.

        The table of proofs is held against the entries, too: a row that they do not bear out makes runs skip work.
        """
        with self._store.reading() as now:
            found = chain.verify(now.rows(), kept=kept)
            if not found.ok:
                return found
            borne_out = evidence.proofs_in(read_entry(row) for row in now.rows(kinds=evidence.EVIDENCE_KINDS))
            claimed = _successes(now.proofs())
        for stack, success in claimed.items():
            if borne_out.get(stack) != success:
                why = f"the table of proofs calls {stack} proven, and the entries do not: it was changed"
                return replace(found, ok=False, why=why)
        return found


def _successes(proofs: Iterable[tuple[str, str, str, str]]) -> Mapping[str, Success]:
    return {stack: Success(run, chain.read_at(at), json.loads(digests)) for stack, run, at, digests in proofs}


def _records(runs: Sequence[str], rows: Iterable[chain.Row]) -> tuple[RunRecord, ...]:
    """Sum up these runs, in their order; rows of other runs are passed over."""
    by_run: dict[str, list[Entry]] = {run: [] for run in runs}
    for row in rows:
        if row.run in by_run:
            by_run[row.run].append(read_entry(row))
    return tuple(record_of(entries) for entries in by_run.values())
