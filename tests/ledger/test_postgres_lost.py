"""A PostgreSQL ledger that gets out of reach in the middle of a run: nothing is lost, and nothing written twice."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger, open_ledger
from infraops.ledger.claims import Claims
from infraops.ledger.database import Database
from infraops.ledger.open import utc_now
from infraops.ledger.postgres import PostgresDatabase
from infraops.ledger.store import Store
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.runs import RunEnded
from infraops.models.ledger.stations import ChildStarted, StationStarted
from infraops.models.runs.run import Outcome
from tests.ledger.places import OnServer
from tests.ledger.trees import STACK, apply, opened, pass_station
from tests.postgres import Server

COMMIT = b"COMMIT\0"


def ledger_of(database: Database) -> Ledger:
    return Ledger(Store(database), Claims(database), utc_now)


@contextmanager
def noted(on_server: OnServer, *, patience: float = 30.0) -> Iterator[tuple[Ledger, list[str]]]:
    """Open a ledger and take down what it tells."""
    told: list[str] = []
    open_ledger(on_server.location).close()
    database = PostgresDatabase(on_server.location.partition("://")[2], tell=told.append)
    database.patience = patience
    with ledger_of(database) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        yield ledger, told


def test_entries_and_answers_go_on_after_a_cut_and_it_is_told(on_server: OnServer) -> None:
    with noted(on_server) as (ledger, told):
        assert on_server.server.hang_up(on_server.name) >= 1
        assert ledger.append(StationStarted("assess"), run="r1", stack=STACK).seq == 2
        assert len(told) == 1 and "out of reach, trying again" in told[0]
        on_server.server.hang_up(on_server.name)
        assert len(ledger.entries()) == 2
        on_server.server.hang_up(on_server.name)
        assert ledger.verify().ok
        on_server.server.hang_up(on_server.name)
        ledger.claims.release("r1")
        assert len(told) == 4


def test_a_server_that_is_restarted_is_waited_for(on_server: OnServer) -> None:
    server = on_server.server
    with noted(on_server) as (ledger, told), ThreadPoolExecutor(4) as pool:
        server.stop()
        waiting = [
            pool.submit(ledger.append, StationStarted("plan"), run=f"r{number}", stack=STACK) for number in range(3)
        ]
        reading = pool.submit(ledger.entries)
        time.sleep(1)
        assert not reading.done() and not any(each.done() for each in waiting)
        server.start()
        assert sorted(each.result(timeout=30).seq for each in waiting) == [2, 3, 4]
        assert reading.result(timeout=30)
        assert told
        assert ledger.verify().ok


def test_a_server_that_does_not_come_back_ends_the_run_soon(on_server: OnServer) -> None:
    server = on_server.server
    patience = 4.0
    with noted(on_server, patience=patience) as (ledger, _):
        server.stop()
        try:
            begun = time.monotonic()
            with pytest.raises(InfraOpsError, match="the connection was lost") as caught:
                ledger.append(StationStarted("provision"), run="r1", stack=STACK)
            assert patience <= time.monotonic() - begun < 60
            assert "what was recorded stands" in caught.value.hint
            for ask in (ledger.entries, lambda: ledger.append(RunEnded(Outcome.FAILED, 1), run="r1")):
                begun = time.monotonic()
                with pytest.raises(InfraOpsError, match="the connection was lost"):
                    ask()
                assert time.monotonic() - begun < patience, "one of a run's threads waited for all of them"
        finally:
            server.start()
        assert ledger.append(StationStarted("provision"), run="r1", stack=STACK).seq == 2


def test_nobody_waits_with_a_child_at_work(on_server: OnServer) -> None:
    """Its start could not be taken down, so it is ended; the sooner, the less it has done."""
    server = on_server.server
    with noted(on_server) as (ledger, _):
        server.stop()
        try:
            begun = time.monotonic()
            with pytest.raises(InfraOpsError, match="the connection was lost"):
                ledger.hold(ChildStarted("terraform", 1, 1), run="r1", stack=STACK)
            assert time.monotonic() - begun < 20
        finally:
            server.start()
        on_server.server.hang_up(on_server.name)
        ledger.hold(ChildStarted("terraform", 1, 1), run="r1", stack=STACK)  # of what needs no waiting


def test_a_writer_that_stops_in_the_middle_is_put_out_and_the_next_one_comes_in(
    on_server: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is suspended, or a machine that was put to sleep, holds the lock."""
    monkeypatch.setattr("infraops.ledger.postgres.IDLE_SECONDS", 0.5)
    suspended = on_server.database()
    with suppress(DBAPIError), suspended.engine.begin(), opened(on_server.location) as ledger:
        begun = time.monotonic()
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        assert time.monotonic() - begun > 0.4
    suspended.close()


class Between:
    """Stands between a ledger and its server, on a socket of its own, and cuts connections when told to."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._server = server
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(directory / f".s.PGSQL.{server.port}"))
        self._listening.listen()
        self.cut: Callable[[bytes], str] = lambda sent: ""  # "before" or "after" the server has answered
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server.directory / f".s.PGSQL.{self._server.port}"))
            mute = threading.Event()
            back = threading.Thread(target=self._back, args=(server, client, mute), daemon=True)
            back.start()
            with suppress(OSError):
                while sent := client.recv(1 << 16):
                    when = self.cut(sent)
                    if when:
                        self.cuts += 1
                        mute.set()
                    if when != "before":
                        server.sendall(sent)
                    if when == "after":
                        time.sleep(0.2)  # the server carries it out, and its answer gets lost
                    if when:
                        break
            for each in (client, server):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            back.join()

    def _back(self, server: socket.socket, client: socket.socket, mute: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(1 << 16):
                if mute.is_set():
                    return
                client.sendall(answer)


@pytest.fixture
def between(on_server: OnServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Between, str]]:
    directory = tmp_path_factory.mktemp("s")
    proxy = Between(on_server.server, directory)
    yield proxy, f"postgresql://postgres@/{on_server.name}?host={directory}&port={on_server.server.port}"
    proxy.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_entry_whose_commit_nobody_acknowledged_is_written_once(between: tuple[Between, str], when: str) -> None:
    """Whether the server heard of the commit or not."""
    proxy, location = between
    with opened(location) as ledger:
        apply(ledger, "r1", "a")
        cuts = iter([when])
        proxy.cut = lambda sent: next(cuts, "") if COMMIT in sent else ""
        before = len(ledger.entries())
        pass_station(ledger, "r2", "verify", inputs="d2")  # proves as well as voids
        assert proxy.cuts == 1
        assert [entry.run for entry in ledger.entries()[before:]] == ["r2", "r2"]
        assert ledger.successes()[STACK].run == "r2"
        assert ledger.verify().ok


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_entry_is_written_once_whatever_was_on_its_way_when_the_connection_broke(
    between: tuple[Between, str], when: str
) -> None:
    proxy, location = between
    with opened(location) as ledger:
        ledger.append(StationStarted("plan"), run="r0", stack=STACK)
        for messages in range(4):  # begin, look for the head, add, commit
            cuts = iter([""] * messages + [when])
            proxy.cut = lambda sent, cuts=cuts: next(cuts, "")  # type: ignore[misc]
            ledger.append(StationStarted("plan"), run=f"r{messages + 1}", stack=STACK)
            assert proxy.cuts == messages + 1
        assert [entry.run for entry in ledger.entries()] == [f"r{number}" for number in range(5)]
        assert ledger.verify().ok


def test_a_claim_whose_commit_nobody_acknowledged_is_held_once(between: tuple[Between, str]) -> None:
    proxy, location = between
    mine = Owner("r1", "desk", "boot", 1, 1, utc_now())
    with opened(location) as ledger:
        for when in ("before", "after"):
            cuts = iter([when])
            proxy.cut = lambda sent, cuts=cuts: next(cuts, "") if COMMIT in sent else ""  # type: ignore[misc]
            assert ledger.claims.take(STACK, mine) is None
            assert list(ledger.claims.all()) == [STACK]
            ledger.claims.release("r1")


def test_who_stays_cut_off_is_told_after_one_more_attempt(between: tuple[Between, str]) -> None:
    proxy, location = between
    with opened(location) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        proxy.cut = lambda sent: "before" if COMMIT in sent else ""
        with pytest.raises(InfraOpsError, match="the connection was lost"):
            ledger.append(StationStarted("assess"), run="r1", stack=STACK)
        proxy.cut = lambda sent: ""
        assert len(ledger.entries()) == 1
        assert ledger.verify().ok
