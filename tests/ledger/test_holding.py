"""What is written at once, what along with the next entry of its stack, and what waits for the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger
from infraops.ledger.claims import Claims
from infraops.ledger.drafts import BRIEF, LOOKING, Draft
from infraops.ledger.evidence import ACTING
from infraops.ledger.open import utc_now
from infraops.ledger.store import Store
from infraops.lines import APPLY, DRIFT, REVIEW
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.entries import Kind
from infraops.models.ledger.runs import RunEnded
from infraops.models.ledger.stations import ChildEnded, ChildStarted, DriftFound, StationEnded, StationStarted
from infraops.models.runs.run import Outcome
from infraops.stations.bench.tools import name_of
from tests.ledger.places import OnServer, Place
from tests.ledger.trees import NOON, STACK, begun, opened

OTHER = "lab/network"
ENDED = ChildEnded("terraform", 7, 0, 1.0)


def end(station: str, outcome: Outcome = Outcome.DONE) -> StationEnded:
    return StationEnded(station, outcome, 0.5)


def hold_end(ledger: Ledger, station: str, stack: str = STACK, run: str = "r1") -> None:
    ledger.hold(end(station), run=run, stack=stack)


@contextmanager
def transactions(ledger: Ledger) -> Iterator[list[str]]:
    """Take down how each transaction that writes ends: what SQLite is told of the disk."""
    found: list[str] = []
    engine = ledger._store._database.engine

    def commit(connection: Connection) -> None:
        if not connection.get_execution_options().get("infraops_reading", False):
            sqlite = connection.dialect.name == "sqlite"
            asked = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
            said = str(connection.exec_driver_sql(asked).scalar())
            found.append({"1": "light", "2": "full"}[said] if sqlite else said)

    event.listen(engine, "commit", commit)
    yield found
    event.remove(engine, "commit", commit)


def test_what_waits_is_written_in_front_of_the_next_entry_of_its_stack(place: Place) -> None:
    with opened(place.location) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        with transactions(ledger) as found:
            ledger.hold(ENDED, run="r1", stack=STACK)
            hold_end(ledger, "plan")
            ledger.append(StationStarted("plan"), run="r1", stack=OTHER)
            ledger.append(StationStarted("plan"), run="r2", stack=STACK)
            assert len(found) == 2 and len(ledger.entries(stack=STACK)) == 2, "those are another's"
            assert ledger.append(StationStarted("assess"), run="r1", stack=STACK).seq == 6
            assert len(found) == 3
        written = ledger.entries(run="r1", stack=STACK)
        kinds = [Kind.STATION_STARTED, Kind.CHILD_ENDED, Kind.STATION_ENDED, Kind.STATION_STARTED]
        assert [entry.kind for entry in written] == kinds
        assert [(entry.at - NOON).seconds for entry in written] == [0, 1, 2, 5], "each tells when it happened"
        assert ledger.verify().ok


def test_what_is_not_missed_after_a_kill_may_wait_and_nothing_else(ledger: Ledger) -> None:
    for payload in (end("plan", Outcome.FAILED), end("provision"), end("verify"), end("approve"), end("new")):
        before = len(ledger.entries())
        ledger.hold(payload, run="r1", stack=STACK)
        assert len(ledger.entries()) == before + 1, payload
    for station in ("plan", "predict", "drift", "provision", "approve", "new"):
        before = len(ledger.entries())
        ledger.hold(StationStarted(station), run="r1", stack=OTHER)
        assert len(ledger.entries()) == before + 1, station
    for station in BRIEF:
        ledger.hold(StationStarted(station), run="r2", stack=OTHER)
    assert len(ledger.entries(run="r2")) == 0
    before = len(ledger.entries())
    hold_end(ledger, "assess")
    assert len(ledger.entries()) == before
    ledger.settle("r1", OTHER)
    assert len(ledger.entries()) == before
    ledger.settle("r1", STACK)
    ledger.settle("r1", STACK)
    assert len(ledger.entries()) == before + 1


def test_the_next_command_of_a_worker_waits_while_the_ledger_tells_that_the_worker_is_at_work(ledger: Ledger) -> None:
    def start(pid: int, stack: str = STACK, started: int = 1) -> int:
        ledger.hold(ChildStarted("terraform", pid, started), run="r1", stack=stack)
        return len(ledger.entries())

    def end(pid: int, stack: str = STACK) -> None:
        ledger.hold(ChildEnded("terraform", pid, 0, 1.0), run="r1", stack=stack)

    assert start(7) == 1
    for _ in range(2):
        end(7)
        assert start(7) == 1
        assert [child.pid for child in ledger.unended_children("r1", STACK)] == [7], "and is found after a kill"
    assert start(7, OTHER) == 2, "another stack's"
    end(7)
    assert start(7, started=2) == 8, "another process that has its number; all that waited is in front of it"
    end(7)
    ledger.settle("r1", STACK)
    assert ledger.unended_children("r1", STACK) == ()
    assert start(7, started=2) == 10, "its end is written, so its start is"
    end(7)
    assert start(8) == 12
    assert [child.pid for child in ledger.unended_children("r1", STACK)] == [8]
    ledger.settle("r1", STACK)


def test_an_entry_of_the_run_takes_all_along_that_wait(ledger: Ledger) -> None:
    hold_end(ledger, "plan")
    hold_end(ledger, "plan", OTHER)
    hold_end(ledger, "plan", run="r2")
    ledger.append(RunEnded(Outcome.DONE, 0), run="r1")
    assert [entry.stack for entry in ledger.entries()] == [STACK, OTHER, None]
    ledger.append(RunEnded(Outcome.DONE, 0), run="r2")
    assert [entry.run for entry in ledger.entries()] == ["r1", "r1", "r1", "r2", "r2"]


def test_what_waits_is_not_lost_where_the_next_entry_cannot_be_written(place: Place) -> None:
    opened(place.location).close()
    impatient = place.database(patience=0.1)
    with Ledger(Store(impatient), Claims(impatient), utc_now) as ledger:
        hold_end(ledger, "plan")
        with place.writer_at_work(), pytest.raises(InfraOpsError, match=place.busy):
            ledger.append(StationStarted("assess"), run="r1", stack=STACK)
        assert ledger.entries() == ()
        ledger.append(StationStarted("assess"), run="r1", stack=STACK)
        assert [entry.kind for entry in ledger.entries()] == [Kind.STATION_ENDED, Kind.STATION_STARTED]


def test_only_what_a_power_cut_makes_void_does_not_wait_for_the_disk(path: Path) -> None:
    with opened(path) as ledger, transactions(ledger) as found:
        ledger.append(begun(STACK), run="r1")
        assert found == ["full"]
        found.clear()
        ledger.append(StationStarted("validate"), run="r1", stack=STACK)
        ledger.claims.take(STACK, Owner("r1", "desk", "boot", 1, 2, NOON))
        ledger.append(ChildStarted("terraform", 7, 1), run="r1", stack=STACK)
        hold_end(ledger, "plan")
        ledger.settle("r1", STACK)
        assert found == ["light"] * 4
        found.clear()
        hold_end(ledger, "assess")
        ledger.append(StationStarted("provision"), run="r1", stack=STACK)
        ledger.append(StationEnded("provision", Outcome.DONE, 1), run="r1", stack=STACK)
        ledger.append(DriftFound(("x",)), run="r1", stack=STACK)
        ledger.append(RunEnded(Outcome.DONE, 0), run="r1")
        assert found == ["full"] * 4


def test_a_server_waits_for_its_disk_with_every_entry(on_server: OnServer) -> None:
    """It may fall while those live on whom the entries tell of."""
    with opened(on_server.location) as ledger, transactions(ledger) as found:
        ledger.append(StationStarted("validate"), run="r1", stack=STACK)
        ledger.claims.take(STACK, Owner("r1", "desk", "boot", 1, 2, NOON))
        assert found == ["on", "on"]


def test_a_head_that_somebody_may_note_elsewhere_has_reached_the_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    with opened(path) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        assert synced == []
        assert ledger.verify().ok
        assert synced == [path.with_name(f"{path.name}-wal").stat().st_ino]


def test_each_station_of_the_lines_is_known_to_look_or_to_act() -> None:
    names = {name_of(station) for line in (APPLY, REVIEW, DRIFT) for station in line}
    assert names == LOOKING | ACTING | {"approve"}
    assert not LOOKING & ACTING
    assert not Draft("r", STACK, end("approve")).light
