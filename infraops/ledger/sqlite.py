"""The ledger in an SQLite file: how the file is made, and how transactions begin."""

import os
import time
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from infraops.errors import InfraOpsError
from infraops.ledger.database import Database

BUSY_SECONDS = 30.0  # how long a writer waits for the others
_PAUSE_SECONDS = 0.02

HINTS = {
    "not a database": "if this was the ledger, restore it from a copy; else name another in infraops.yaml",
    "malformed": "the file is damaged: keep it, restore a copy or try `sqlite3 FILE .recover`",
    "locked": "another process holds it; look for one that hangs, then try again",
    "readonly": "give write access to the file and its directory",
    "unable to open": "give write access to the file and its directory",
    "full": "make room on the disk, then try again",
    "append-only": "the ledger refuses changes to what was written; `infraops ledger verify` tells more",
}
SYNCHRONOUS = "infraops_synchronous"


class SqliteDatabase(Database):
    """A ledger file; it (mode 0600) and its directory (0700) are made where missing."""

    keeps_writer = True

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        super().__init__(_engine_for(path, busy_seconds), str(path))
        self._log = path.with_name(f"{path.name}-wal")
        self._busy_seconds = busy_seconds

    def settle(self) -> None:
        """Switch the file to write-ahead logging, so that readers never wait for the writer.

        SQLite itself does not wait with that where another process is about to write, as one does that makes the same
        ledger at this moment.
        """
        connection = self.engine.raw_connection()
        deadline = time.monotonic() + self._busy_seconds
        try:
            while True:
                try:
                    connection.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except OperationalError as error:
                    if time.monotonic() >= deadline or "locked" not in str(error):
                        raise InfraOpsError(
                            "opening the ledger", f"the database says: {error}", _hint(error)
                        ) from error
                    time.sleep(_PAUSE_SECONDS)
        finally:
            connection.close()

    def outlast(self) -> None:
        """Bring the write-ahead log to the disk; what is no longer in it SQLite itself has brought there."""
        with suppress(OSError):  # there is none where nobody has the ledger open for writing
            log = os.open(self._log, os.O_RDONLY)
            try:
                os.fsync(log)
            finally:
                os.close(log)

    def in_words(self, error: DBAPIError) -> tuple[str, str]:
        """Say what SQLite says, and what to do about it."""
        return f"the database says: {error.orig}", _hint(error.orig)


def _hint(said: object) -> str:
    return next((hint for sign, hint in HINTS.items() if sign in str(said)), "")


def _engine_for(path: Path, busy_seconds: float) -> Engine:
    _make(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "timeout": busy_seconds},  # None: we say BEGIN ourselves
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make(path: Path) -> None:
    """Make directory and file; what exists keeps its mode, for somebody may have chosen it."""
    try:
        missing = [directory for directory in (path.parent, *path.parent.parents) if not directory.exists()]
        for directory in reversed(missing):
            directory.mkdir(mode=0o700, exist_ok=True)
        # SQLite gives its -wal and -shm files the mode of this one.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise InfraOpsError(f"opening the ledger {path}", "it is a directory", "name a file") from None
    except OSError as error:
        hint = "give write access to the directory, or name another ledger in infraops.yaml"
        raise InfraOpsError(f"making the ledger {path}", error.strerror or str(error), hint) from error


def _prepare(connection: SqliteConnection, _record: object) -> None:
    # Text that is no UTF-8 was not written by the ledger; it must reach the check of the chain to be named there.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("infraops_reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    # FULL waits for the disk, with all that was written before it. A connection keeps what it was told last.
    wanted = "NORMAL" if options.get("infraops_light", False) else "FULL"
    if connection.info.get(SYNCHRONOUS) != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous = {wanted}")
        connection.info[SYNCHRONOUS] = wanted
    # IMMEDIATE takes the write lock before the newest entry is read, so that two writers never follow the same one.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
