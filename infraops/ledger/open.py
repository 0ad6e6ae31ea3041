"""Opening a ledger by path or URL."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from infraops.errors import InfraOpsError
from infraops.ledger.drafts import Clock
from infraops.ledger.ledger import Ledger

if TYPE_CHECKING:
    from infraops.ledger.database import Database


def utc_now() -> datetime:
    """Read the system's clock."""
    return datetime.now(UTC)


def load_beside() -> None:
    """Begin to load what a ledger stands on, in a thread: it takes longer than all else that a run begins with."""

    def load() -> None:
        with suppress(ImportError):  # which is told where the ledger is opened
            import_module("infraops.ledger.upgrade")

    threading.Thread(target=load, daemon=True).start()


def open_ledger(
    location: Path | str, *, clock: Clock = utc_now, tell: Callable[[str], None] = lambda text: None
) -> Ledger:
    """Open the ledger at a path or a URL (`sqlite:///`, `postgresql://`) and migrate it where it is behind.

    An SQLite file and all tables are made where missing. `tell` hears where the database gets out of reach and is
    tried again. InfraOpsError where it cannot be read or written, is damaged, or was written by a newer version.
    """
    # SQLAlchemy is imported here, because it takes longer than everything else a light command does.
    from infraops.ledger.claims import Claims
    from infraops.ledger.store import Store
    from infraops.ledger.upgrade import bring_up_to_date

    database = _database_at(location, tell)
    try:
        with database.explained("opening the ledger"):
            bring_up_to_date(database)
            database.settle()
    except BaseException:
        database.close()
        raise
    return Ledger(Store(database), Claims(database), clock)


def _database_at(location: Path | str, tell: Callable[[str], None]) -> "Database":
    scheme, found, rest = str(location).partition("://") if isinstance(location, str) else ("", "", "")
    if found and scheme != "sqlite":
        return _postgres_at(scheme, rest, tell)
    from infraops.ledger.sqlite import SqliteDatabase

    return SqliteDatabase(Path(rest.removeprefix("/")) if found else Path(location))


def _postgres_at(scheme: str, rest: str, tell: Callable[[str], None]) -> "Database":
    doing = "opening the ledger"  # the rest of the URL may hold a password, so no message repeats it
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        hint = "give a path, sqlite:///path or postgresql://user@host/database as `ledger` in infraops.yaml"
        raise InfraOpsError(doing, f"{scheme} databases are not supported", hint)
    if find_spec("psycopg") is None:
        raise InfraOpsError(doing, "the package psycopg is not installed", "pip install 'infraops[postgres]'")
    try:
        from infraops.ledger.postgres import PostgresDatabase
    except ImportError as error:  # psycopg without libpq
        raise InfraOpsError(doing, f"psycopg cannot be used: {error}", "pip install 'infraops[postgres]'") from error
    return PostgresDatabase(rest, tell=tell)
