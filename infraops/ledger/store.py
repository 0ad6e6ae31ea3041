"""The table of entries: rows in and out, one writer at a time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Select, bindparam, delete, func, insert, select
from sqlalchemy.exc import DBAPIError

from infraops.errors import InfraOpsError
from infraops.ledger.chain import NOTHING, Row, canonical
from infraops.ledger.evidence import Proves, Voids
from infraops.ledger.tables import entries, proofs
from infraops.models.record import Head

PAGE = 1000  # rows fetched at once

# Made once: putting a statement together takes longer than the database does for it.
NEWEST = select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)
ADD = insert(entries)
VOID = delete(proofs).where(proofs.c.stack == bindparam("of"))
PROVE = insert(proofs)

HINTS = {
    "not a database": "if this was the ledger, restore it from a copy; else name another in infraops.yaml",
    "malformed": "the file is damaged: keep it, restore a copy or try `sqlite3 FILE .recover`",
    "locked": "another process holds it; look for one that hangs, then try again",
    "readonly": "give write access to the file and its directory",
    "unable to open": "give write access to the file and its directory",
    "full": "make room on the disk, then try again",
    "append-only": "the ledger refuses changes to what was written; `infraops ledger verify` tells more",
}


class Store:
    """Rows of one ledger. Safe to share between threads; a process that was forked opens its own."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._writing = threading.Lock()
        self._reader = engine.execution_options(infraops_reading=True)

    def append(self, make: Callable[[Head], Row], bears: Proves | Voids | None = None) -> Row:
        """Add the row that `make` makes of the chain's head, in one transaction that no other writer enters.

        `bears` says what the entry means for its stack's proof, which is brought up to date along with it.
        """
        with self._writing, explained(f"writing to the ledger {self._name}"), self._engine.begin() as connection:
            last = connection.execute(NEWEST).first()
            row = make(Head(last.seq, last.hash) if last is not None else NOTHING)
            connection.execute(ADD, vars(row))
            if bears is not None:
                connection.execute(VOID, {"of": row.stack})
            if isinstance(bears, Proves):
                proof = {"stack": row.stack, "seq": row.seq, "run": row.run, "at": row.at}
                connection.execute(PROVE, {**proof, "digests": canonical(dict(bears.digests))})
        return row

    def proofs(self, stacks: Sequence[str] | None = None) -> Iterator[tuple[str, str, str, str]]:
        """Give stack, run, time and digests (JSON) of what is proven, of these stacks or of all."""
        query = select(proofs.c.stack, proofs.c.run, proofs.c.at, proofs.c.digests)
        pages = [None] if stacks is None else [stacks[at : at + PAGE] for at in range(0, len(stacks), PAGE)]
        with explained(f"reading the ledger {self._name}"), self._reader.connect() as connection:
            for page in pages:
                chosen = query if page is None else query.where(proofs.c.stack.in_(page))
                for row in connection.execute(chosen):
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
        """Give the rows that fit all that is asked for, one by one, as of one moment."""
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
        with explained(f"reading the ledger {self._name}"), self._reader.connect() as connection:
            found = connection.execution_options(yield_per=PAGE).execute(query)
            for row in found:
                yield Row(*row)

    def runs_like(self, prefix: str) -> tuple[str, ...]:
        """Name the runs whose id begins with `prefix`, newest first."""
        newest = func.max(entries.c.seq)
        # substr and not LIKE: SQLite's LIKE takes upper and lower case for the same, PostgreSQL's does not
        query = select(entries.c.run).where(func.substr(entries.c.run, 1, len(prefix)) == prefix)
        with explained(f"reading the ledger {self._name}"), self._reader.connect() as connection:
            found = connection.execute(query.group_by(entries.c.run).order_by(newest.desc()))
            return tuple(row.run for row in found)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn what the database says into words for the operator."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig)
        hint = next((hint for sign, hint in HINTS.items() if sign in said), "")
        raise InfraOpsError(doing, f"the database says: {said}", hint) from error
