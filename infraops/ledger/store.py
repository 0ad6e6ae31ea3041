"""The table of entries: rows in and out, one writer at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Select, bindparam, delete, func, insert, or_, select

from infraops.ledger.chain import NOTHING, Row, canonical
from infraops.ledger.database import Database
from infraops.ledger.drafts import Clock, Draft
from infraops.ledger.evidence import Proves
from infraops.ledger.tables import entries, proofs
from infraops.models.ledger.answers import Head
from infraops.models.ledger.entries import Kind

PAGE = 1000  # rows fetched at once

# Made once: putting a statement together takes longer than the database does for it.
NEWEST = select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)
WRITTEN = select(entries.c.seq).where(entries.c.hash == bindparam("of"))
ADD = insert(entries)
VOID = delete(proofs).where(proofs.c.stack == bindparam("of"))
PROVE = insert(proofs)


class Store:
    """Rows of one ledger. Safe to share between threads; a process that was forked opens its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, drafts: Sequence[Draft], clock: Clock, *, patient: bool = True) -> tuple[Row, ...]:
        """Add these entries behind the chain's head, in one transaction that no other writer enters.

        The proofs of their stacks are brought up to date along with them. Who is not `patient` does not wait for a
        database that went away.
        """
        sent: list[tuple[Row, ...]] = []

        def add(connection: Connection) -> tuple[Row, ...]:
            # Whether a commit that nobody acknowledged took place is certain now: we hold the lock that it held.
            if sent and connection.execute(WRITTEN, {"of": sent[-1][-1].hash}).first() is not None:
                return sent[-1]
            last = connection.execute(NEWEST).first()
            head = Head(last.seq, last.hash) if last is not None else NOTHING
            rows: list[Row] = []
            for draft in drafts:
                rows.append(draft.row(head, clock))
                head = Head(rows[-1].seq, rows[-1].hash)
            sent.append(tuple(rows))
            connection.execute(ADD, [vars(row) for row in rows])
            for row, draft in zip(rows, drafts, strict=True):
                _bear_out(connection, row, draft)
            return sent[-1]

        light = all(draft.light for draft in drafts)
        return self._database.write("writing to the ledger", add, patient=patient, light=light)

    @contextmanager
    def reading(self) -> Iterator["Moment"]:
        """Look at the ledger as it is at one moment."""
        with self._database.read("reading the ledger") as connection:
            moment = Moment(connection)
            try:
                yield moment
            finally:
                moment.close()

    def outlast(self) -> None:
        """Let all that was written survive a power cut."""
        self._database.outlast()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def _names(station: str) -> ColumnElement[bool]:
    # Payloads are canonical JSON, in which a quotation mark within a text never stands by itself.
    return entries.c.payload.contains(f'"station":"{station}"')


def _bear_out(connection: Connection, row: Row, draft: Draft) -> None:
    """Bring the table of proofs up to date with an entry."""
    bears = draft.bears
    if bears is not None:
        connection.execute(VOID, {"of": row.stack})
    if isinstance(bears, Proves):
        proof = {"stack": row.stack, "seq": row.seq, "run": row.run, "at": row.at}
        connection.execute(PROVE, {**proof, "digests": canonical(dict(bears.digests))})


class Moment:
    """The ledger as it was at one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: list[CursorResult[Any]] = []

    def close(self) -> None:
        """Let go of what was asked and not read to its end, as where an entry cannot be read."""
        for found in self._open:
            found.close()

    def proofs(self, stacks: Sequence[str] | None = None) -> Iterator[tuple[str, str, str, str]]:
        """Give stack, run, time and digests (JSON) of what is proven, of these stacks or of all."""
        query = select(proofs.c.stack, proofs.c.run, proofs.c.at, proofs.c.digests)
        pages = [None] if stacks is None else [stacks[at : at + PAGE] for at in range(0, len(stacks), PAGE)]
        for page in pages:
            for row in self._connection.execute(query if page is None else query.where(proofs.c.stack.in_(page))):
                yield row.stack, row.run, row.at, row.digests

    def rows(
        self,
        *,
        runs: Sequence[str] | None = None,
        stack: str | None = None,
        kinds: Sequence[str] | None = None,
        since: int = 0,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Row]:
        """Give the rows that fit all that is asked for, one by one."""
        query: Select[Any] = select(*entries.columns)
        if since:
            query = query.where(entries.c.seq >= since)
        if runs is not None:
            query = query.where(entries.c.run.in_(runs))
        if stack is not None:
            query = query.where(entries.c.stack == stack)
        if kinds is not None:
            query = query.where(entries.c.kind.in_(kinds))
        query = query.order_by(entries.c.seq.desc() if newest_first else entries.c.seq)
        if limit is not None:
            query = query.limit(limit)
        # What may be all there is need not be in memory at once. For the rest, a cursor would cost journeys.
        paged = {"yield_per": PAGE} if runs is None and stack is None and limit is None else {}
        with self._connection.execute(query, execution_options=paged) as found:
            self._open.append(found)
            for row in found:
                yield Row(*row)

    def stacks_at(self, station: str, stacks: Sequence[str]) -> frozenset[str]:
        """Name those of these stacks that ever entered a station."""
        query = select(entries.c.stack).where(entries.c.kind == Kind.STATION_STARTED, _names(station)).distinct()
        pages = [stacks[at : at + PAGE] for at in range(0, len(stacks), PAGE)]
        return frozenset(
            row.stack for page in pages for row in self._connection.execute(query.where(entries.c.stack.in_(page)))
        )

    def acting_rows(self, environment: str, *, kinds: Sequence[str], stations: Iterable[str], limit: int) -> list[Row]:
        """Give, oldest first, the newest rows of acting runs: of runs, and of stacks of an environment.

        Rows of a station are given for these stations alone. Runs from before the first that was authorised are left
        out: nobody would make anything of them.
        """
        authorised = select(entries.c.run).where(entries.c.kind == Kind.CHANGE_AUTHORISED)
        first = authorised.order_by(entries.c.seq).limit(1).scalar_subquery()
        since = select(func.min(entries.c.seq)).where(entries.c.run == first).scalar_subquery()
        prefix = f"{environment}/"
        here = entries.c.stack.is_(None) | (func.substr(entries.c.stack, 1, len(prefix)) == prefix)
        named = [_names(station) for station in stations]
        of_station = entries.c.kind.in_([Kind.STATION_STARTED, Kind.STATION_ENDED])
        query = select(*entries.columns).where(entries.c.seq >= since, entries.c.kind.in_(kinds), here)
        query = query.where(or_(~of_station, *named)).order_by(entries.c.seq.desc()).limit(limit)
        return [Row(*row) for row in self._connection.execute(query)][::-1]

    def runs_like(self, prefix: str) -> tuple[str, ...]:
        """Name the runs whose id begins with `prefix`, newest first."""
        newest = func.max(entries.c.seq)
        # substr and not LIKE: SQLite's LIKE takes upper and lower case for the same, PostgreSQL's does not
        query = select(entries.c.run).where(func.substr(entries.c.run, 1, len(prefix)) == prefix)
        found = self._connection.execute(query.group_by(entries.c.run).order_by(newest.desc()))
        return tuple(row.run for row in found)
