"""The database under a ledger: transactions that write and that read, and what happens where the connection is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from infraops.errors import InfraOpsError

Tell = Callable[[str], None]
T = TypeVar("T")

PATIENCE_SECONDS = 30.0  # how long a database that went away in the middle of a run is waited for
PAUSE_SECONDS = 0.5


class Database:
    """An open database. Safe to share between threads; a process that was forked opens its own.

    `name` is how messages call it. Every kind of database says for itself what is different with it.
    """

    def __init__(self, engine: Engine, name: str, *, tell: Tell = lambda text: None) -> None:
        self.engine = engine
        self.name = name
        self.patience = PATIENCE_SECONDS
        self._reader = engine.execution_options(infraops_reading=True)
        self._tell = tell
        self._writing = threading.Lock()
        self._writer: Connection | None = None  # kept between transactions, where that is safe
        self._given_up = False

    def write(self, doing: str, work: Callable[[Connection], T], *, patient: bool = True, light: bool = False) -> T:
        """Do `work` in one transaction that no other writer of the ledger enters.

        Where the connection is lost meanwhile, work is done once more on a new one. It then finds out by itself
        whether it had come to its end before. Who is not `patient` does not wait for a database that went away.
        What is `light` has to survive this process, and no power cut before the next transaction that is not.
        """

        def attempt() -> T:
            with self._writer_taken() as connection, connection.execution_options(infraops_light=light).begin():
                return work(connection)

        with self._writing, self.explained(doing):
            return self._reached(attempt, patience=self.patience if patient else 0.0)

    @contextmanager
    def _writer_taken(self) -> Iterator[Connection]:
        """Hand out the connection that writes: to take another for each transaction costs as much as to write."""
        connection, self._writer = self._writer or self.engine.connect(), None
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self.keeps_writer:
            self._writer = connection
        else:
            connection.close()

    @contextmanager
    def read(self, doing: str) -> Iterator[Connection]:
        """Hand a connection out that sees the ledger as of one moment."""
        with self.explained(doing), self._reached(self._begun, patience=self.patience) as connection:
            yield connection

    @contextmanager
    def explained(self, doing: str) -> Iterator[None]:
        """Turn what the database says into words for the operator."""
        doing = f"{doing} {self.name}"
        try:
            yield
        except DBAPIError as error:
            problem, hint = self.in_words(error)
            raise InfraOpsError(doing, problem, hint) from error
        except NoneFree as error:
            raise InfraOpsError(doing, "no connection came free", "try again with less --parallelism") from error

    def close(self) -> None:
        """Close all connections."""
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.engine.dispose()

    # What kinds of databases differ in

    keeps_writer = False  # whether a connection is as good after an hour in which nobody used it

    def refuse_unfit(self, connection: Connection) -> None:
        """Raise InfraOpsError where this is no place for a ledger, whatever it holds."""

    def settle(self) -> None:
        """Do what the database remembers, once it is known to be a ledger: somebody else's stays as it is."""

    def outlast(self) -> None:
        """Let all that was written survive a power cut, what is light and what other processes wrote as well."""

    def in_words(self, error: DBAPIError) -> tuple[str, str]:
        """Say what is wrong, and what to do about it."""
        return f"the database says: {error.orig}", ""

    def is_lost(self, error: DBAPIError) -> bool:
        """Whether the database could not be reached, or not any more; nothing is committed then but by `commit`."""
        return False

    # Losing it

    def _begun(self) -> Connection:
        connection = self._reader.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def _reached(self, attempt: Callable[[], T], *, patience: float) -> T:
        """Attempt something, and once more where the connection is lost and found again."""
        try:
            result = attempt()
        except DBAPIError as error:
            if self._given_up or not self.is_lost(error):
                raise
            self._find_again(error, patience)
            result = attempt()
        self._given_up = False
        return result

    def _find_again(self, lost: DBAPIError, patience: float) -> None:
        """Wait until the database answers; where it does not, others do not wait for it as long as this one did."""
        self._tell(f"{self.name} is out of reach, trying again: {self.in_words(lost)[0]}")
        until = time.monotonic() + patience
        while True:
            try:
                self._begun().close()
            except DBAPIError as error:
                if time.monotonic() >= until or not self.is_lost(error):
                    self._given_up = True
                    raise
            else:
                return
            time.sleep(PAUSE_SECONDS)
