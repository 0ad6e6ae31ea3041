"""The ledger as callers know it: words for what happens, which are notes, and questions about what is proven."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from infraops.ledger import chain, changes, clean_runs, evidence
from infraops.ledger.deployed import KINDS as OF_DEPLOYED
from infraops.ledger.deployed import deployed
from infraops.ledger.drafts import Clock
from infraops.ledger.history import pick_run, record_of
from infraops.ledger.notes import Notes
from infraops.ledger.payloads import read_entry
from infraops.models.changes.risk import PastChange
from infraops.models.ledger.answers import Deployed, Head, RunRecord, Success, Verification
from infraops.models.ledger.entries import Entry, Kind
from infraops.models.ledger.stacks import StackRenamed
from infraops.models.ledger.stations import ChildEnded, ChildStarted
from infraops.models.runs.run import PROVISION

if TYPE_CHECKING:  # the store brings SQLAlchemy along, which is loaded when a ledger is opened
    from infraops.ledger.claims import Claims
    from infraops.ledger.store import Store

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


class Ledger(Notes):
    """An open ledger; `open_ledger` makes one. Safe to share between threads. Close it, or use it with `with`."""

    def __init__(self, store: "Store", claims: "Claims", clock: Clock) -> None:
        super().__init__(store, clock)
        self.claims = claims

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

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

    def deployed(self, stack: str, *, place: str = "", asking: str = "") -> Deployed | None:
        """Tell what was left of a stack, and by which run; None where nothing tells, or where it was renamed since.

        `place` is as in `InState`, of where the state is looked for now; `asking` is the run that wants to know.
        """
        with self._store.reading() as now:
            rows = now.rows(stack=stack, kinds=OF_DEPLOYED, newest_first=True)
            found = deployed(map(read_entry, rows), place=place, asking=asking)
            renames = () if found is None else map(read_entry, now.rows(kinds=[Kind.STACK_RENAMED]))
            gone = any(each.payload == StackRenamed(stack) and found and each.at > found.at for each in renames)
            return None if gone else found

    def provisioned(self, stacks: Sequence[str]) -> frozenset[str]:
        """Tell which of these stacks ever came to provision, however that ended."""
        with self._store.reading() as now:
            return now.stacks_at(PROVISION, stacks)

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
        self._store.outlast()  # whoever notes the head elsewhere will hold the ledger against it
        for stack, success in claimed.items():
            if borne_out.get(stack) != success:
                why = f"the table of proofs calls {stack} proven, and the entries do not: it was changed"
                return replace(found, ok=False, why=why)
        return found

    def why_not_held(self, kept: Head, end: Head) -> str:
        """Say why a chain that was verified up to `end` does not hold a head noted elsewhere; empty where it does."""
        with self._store.reading() as now:
            return chain.why_not_held(kept, next(now.rows(since=kept.seq, limit=1), None), end)


def _successes(proofs: Iterable[tuple[str, str, str, str]]) -> Mapping[str, Success]:
    return {stack: Success(run, chain.read_at(at), json.loads(digests)) for stack, run, at, digests in proofs}


def _records(runs: Sequence[str], rows: Iterable[chain.Row]) -> tuple[RunRecord, ...]:
    """Sum up these runs, in their order; rows of other runs are passed over."""
    by_run: dict[str, list[Entry]] = {run: [] for run in runs}
    for row in rows:
        if row.run in by_run:
            by_run[row.run].append(read_entry(row))
    return tuple(record_of(run, entries) for run, entries in by_run.items())
