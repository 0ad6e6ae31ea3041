"""Where the tests' ledgers are, and the ways around infraops to them: each kind of database has its own."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import psycopg

from infraops.ledger.database import Database
from infraops.ledger.postgres import PostgresDatabase
from infraops.ledger.sqlite import SqliteDatabase
from tests.postgres import Server

GUARDS = ("entries_never_change", "entries_never_go", "entries_follow")
# What PostgreSQL says of columns, indexes, constraints, triggers and functions.
SCHEMA = (
    "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable "
    "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
    "ORDER BY 1",
    "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
)


class Place(ABC):
    """A place for a ledger."""

    kind: ClassVar[str]
    refusal: ClassVar[type[Exception]]  # what its guards raise
    busy: ClassVar[str]  # what a writer hears that waited for too long

    @property
    @abstractmethod
    def location(self) -> str:
        """Name it as infraops.yaml does."""

    @abstractmethod
    def database(self, *, patience: float = 30.0) -> Database:
        """Open it as infraops does, with so many seconds of waiting for other writers."""

    @abstractmethod
    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Carry statements out with the database's own tools."""

    @abstractmethod
    def schema(self) -> list[tuple[Any, ...]]:
        """Tell what is in it, but for the rows: tables, indexes, triggers, as the database itself writes them."""

    @abstractmethod
    def clear(self) -> None:
        """Take all out of it."""

    @abstractmethod
    def drop_guards(self) -> None:
        """Take the triggers away, as somebody can who owns the database."""

    @abstractmethod
    def writer_at_work(self) -> AbstractContextManager[object]:
        """Be a writer that stops in the middle."""


@dataclass(frozen=True)
class InFile(Place):
    path: Path
    kind = "sqlite"
    refusal = sqlite3.IntegrityError
    busy = "database is locked"

    @property
    def location(self) -> str:
        return str(self.path)

    def database(self, *, patience: float = 30.0) -> Database:
        return SqliteDatabase(self.path, busy_seconds=patience)

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        self.path.parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return [connection.execute(statement).fetchall() for statement in statements][-1]

    def schema(self) -> list[tuple[Any, ...]]:
        return self.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")

    def clear(self) -> None:
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()

    def drop_guards(self) -> None:
        self.execute(*(f"DROP TRIGGER IF EXISTS {guard}" for guard in GUARDS))

    @contextmanager
    def writer_at_work(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")


@dataclass(frozen=True)
class OnServer(Place):
    server: Server
    name: str
    kind = "postgresql"
    refusal = psycopg.errors.RestrictViolation
    busy = "lock timeout"

    @property
    def location(self) -> str:
        return self.server.url(self.name)

    def database(self, *, patience: float = 30.0) -> Database:
        return PostgresDatabase(self.location.partition("://")[2], lock_seconds=patience)

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        return self.server.execute(*statements, database=self.name)

    def schema(self) -> list[tuple[Any, ...]]:
        return [row for query in SCHEMA for row in self.execute(query)]

    def clear(self) -> None:
        self.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    def drop_guards(self) -> None:
        self.execute(*(f"DROP TRIGGER IF EXISTS {guard} ON entries" for guard in GUARDS))

    @contextmanager
    def writer_at_work(self) -> Iterator[None]:
        other = self.database()
        with other.engine.begin():
            yield
        other.close()
