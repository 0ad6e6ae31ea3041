"""A ledger that somebody edited with the database's own tools."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger
from infraops.ledger.chain import next_row
from tests.ledger.places import InFile, OnServer, Place
from tests.ledger.trees import STACK, apply, opened

REPLACING = {
    "sqlite": "REPLACE INTO entries SELECT {seq}, at, kind, run, stack, '{{}}', previous, hash FROM entries "
    "WHERE seq = 3",
    "postgresql": "INSERT INTO entries SELECT {seq}, at, kind, run, stack, payload, previous, hash FROM entries "
    "WHERE seq = 3 ON CONFLICT (previous) DO UPDATE SET payload = '{{}}'",
}


@pytest.fixture
def written(place: Place) -> Place:
    with opened(place.location) as ledger:
        apply(ledger, "r1", "a", "b")
    return place


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET payload = '{}' WHERE seq = 3",
        "UPDATE entries SET at = at",
        "DELETE FROM entries WHERE seq = 3",
        "DELETE FROM entries",
        "INSERT INTO entries SELECT seq + 50, at, kind, run, stack, payload, 'p', 'h' FROM entries WHERE seq = 3",
    ],
)
def test_the_database_refuses_to_change_what_was_written(written: Place, statement: str) -> None:
    with pytest.raises(written.refusal, match="append-only"):
        written.execute(statement)
    with opened(written.location) as ledger:
        assert ledger.verify().ok


@pytest.mark.parametrize("seq", [3, 15, 99])
def test_the_database_refuses_to_replace_what_was_written(written: Place, seq: int) -> None:
    with pytest.raises(written.refusal, match="append-only"):
        written.execute(REPLACING[written.kind].format(seq=seq))
    with opened(written.location) as ledger:
        assert ledger.verify().ok


@pytest.mark.parametrize("statement", ["TRUNCATE entries", "TRUNCATE entries, proofs CASCADE"])
@pytest.mark.parametrize("session", ["origin", "replica"])
def test_the_server_refuses_to_empty_the_ledger(on_server: OnServer, statement: str, session: str) -> None:
    with opened(on_server.location) as ledger:
        apply(ledger, "r1", "a")
    with pytest.raises(on_server.refusal, match="append-only"):
        on_server.execute(f"SET session_replication_role = {session}", statement)
    with opened(on_server.location) as ledger:
        assert ledger.verify().entries > 0


@pytest.mark.parametrize(
    ("statement", "first_bad", "why"),
    [
        ("UPDATE entries SET payload = replace(payload, 'd1', 'd2') WHERE seq = 8", 8, "changed after it was written"),
        ("UPDATE entries SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 1", 1, "changed after it was written"),
        ("UPDATE entries SET stack = NULL WHERE seq = 5", 5, "changed after it was written"),
        ("UPDATE entries SET hash = 'made up' WHERE seq = 4", 4, "changed after it was written"),
        ("UPDATE entries SET previous = 'made up' WHERE seq = 4", 4, "does not follow entry 3"),
        ("DELETE FROM entries WHERE seq = 4", 4, "entry 4 is missing"),
        ("DELETE FROM entries WHERE seq < 3", 1, "entry 1 is missing"),
        ("UPDATE entries SET seq = 1000 WHERE seq = 2", 2, "entry 2 is missing"),
    ],
)
def test_a_change_made_behind_the_guards_is_found(written: Place, statement: str, first_bad: int, why: str) -> None:
    written.drop_guards()
    written.execute(statement)
    with opened(written.location) as ledger:
        found = ledger.verify()
    assert not found.ok
    assert found.first_bad == first_bad
    assert why in found.why


@pytest.mark.parametrize("value", ["CAST(payload AS BLOB)", "CAST(x'ff' AS TEXT)"])
def test_what_is_no_text_is_found(path: Path, value: str) -> None:
    with opened(path) as ledger:
        apply(ledger, "r1", "a", "b")
    place = InFile(path)
    place.drop_guards()
    place.execute(f"UPDATE entries SET payload = {value} WHERE seq = 4")
    with opened(path) as ledger:
        found = ledger.verify()
    assert found.first_bad == 4
    assert "changed after it was written" in found.why


def test_a_cut_tail_is_found_with_the_head_that_was_kept(written: Place) -> None:
    with opened(written.location) as ledger:
        head = ledger.verify().head
    written.drop_guards()
    written.execute(f"DELETE FROM entries WHERE seq > {head.seq - 2}")
    with opened(written.location) as ledger:
        assert "proven, and the entries do not" in ledger.verify().why
    written.execute("DELETE FROM proofs")  # a careful forger's way
    with opened(written.location) as ledger:
        assert ledger.verify().ok
        found = ledger.verify(kept=head)
    assert not found.ok
    assert "cut off" in found.why


def test_an_entry_that_cannot_be_read_is_named_and_not_a_traceback(written: Place) -> None:
    written.drop_guards()
    written.execute("UPDATE entries SET payload = '{' WHERE kind = 'host_configured'")
    with opened(written.location) as ledger, pytest.raises(InfraOpsError, match="cannot be read"):
        ledger.configured_hosts(STACK)


def test_a_page_overwritten_with_noise_is_an_operators_error(path: Path) -> None:
    with opened(path) as ledger:
        apply(ledger, "r1", "a", "b")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(InfraOpsError) as caught:
        read_all(path)
    assert caught.value.hint


def read_all(path: Path) -> None:
    with opened(path) as ledger:
        ledger.verify()
        ledger.entries()


def test_the_guards_let_the_ledger_itself_go_on(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    apply(ledger, "r2", "a")
    assert ledger.verify().ok


@pytest.mark.parametrize(
    ("kind", "payload", "says"),
    [
        ("run_started", "not json", "cannot be read"),
        ("run_started", "{}", "entry [0-9]+ \\(run_started\\) cannot be read: command: Field required$"),
        ("run_started", "[" * 100_000, "cannot be read"),
        ("station_started", '{"station":"plan"}', "nothing tells how run evil began"),
        ("child_started", '{"pid":-1,"program":"x","started":1}', "nothing tells how run evil began"),
        ("of_tomorrow", "{}", "nothing tells how run evil began"),
    ],
)
def test_what_somebody_else_added_is_an_error_with_words(
    written: Place, kind: str, payload: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever may write can add what fits the chain; it is nobody's bug, and nothing but words comes of it."""
    with opened(written.location) as ledger:
        head = ledger.verify().head
    row = next_row(head, at=datetime.now(UTC), kind=kind, run="evil", stack="a", payload=payload)
    values = ", ".join(f"'{each}'" if isinstance(each, str) else str(each) for each in vars(row).values())
    written.execute(f"INSERT INTO entries VALUES ({values})")
    with opened(written.location) as ledger:
        assert ledger.verify().ok
        with pytest.raises(InfraOpsError) as caught:
            ledger.run("evil")
        assert re.search(says, caught.value.problem)
        if kind == "run_started":
            with pytest.raises(InfraOpsError, match=says):
                ledger.runs()
    assert capfd.readouterr().err == ""
