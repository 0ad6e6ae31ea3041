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

    def drop_guards(self) -> None:
        self.execute(*(f"DROP TRIGGER IF EXISTS {guard} ON entries" for guard in GUARDS))

    @contextmanager
    def writer_at_work(self) -> Iterator[None]:
        other = self.database()
        with other.engine.begin():
            yield
        other.close()
