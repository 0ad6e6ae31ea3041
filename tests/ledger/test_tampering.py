"""A ledger file that somebody edited with SQLite's own tools."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger
from tests.ledger.trees import STACK, apply, opened

GUARDS = ("entries_never_change", "entries_never_go", "entries_follow")


@pytest.fixture
def written(path: Path) -> Iterator[Path]:
    with opened(path) as ledger:
        apply(ledger, "r1", "a", "b")
    yield path


def edit(path: Path, *statements: str, guarded: bool = False) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        if not guarded:
            for guard in GUARDS:
                connection.execute(f"DROP TRIGGER {guard}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET payload = '{}' WHERE seq = 3",
        "UPDATE entries SET at = at",
        "DELETE FROM entries WHERE seq = 3",
        "DELETE FROM entries",
        "REPLACE INTO entries SELECT seq, at, kind, run, stack, '{}', previous, hash FROM entries WHERE seq = 3",
        "REPLACE INTO entries SELECT 99, at, kind, run, stack, '{}', previous, hash FROM entries WHERE seq = 3",
        "INSERT INTO entries SELECT seq + 50, at, kind, run, stack, payload, 'p', 'h' FROM entries WHERE seq = 3",
    ],
)
def test_the_database_refuses_to_change_what_was_written(written: Path, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        edit(written, statement, guarded=True)
    with opened(written) as ledger:
        assert ledger.verify().ok


@pytest.mark.parametrize(
    ("statement", "first_bad", "why"),
    [
        ("UPDATE entries SET payload = replace(payload, 'd1', 'd2') WHERE seq = 8", 8, "changed after it was written"),
        ("UPDATE entries SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 1", 1, "changed after it was written"),
        ("UPDATE entries SET stack = NULL WHERE seq = 5", 5, "changed after it was written"),
        ("UPDATE entries SET payload = CAST(payload AS BLOB) WHERE seq = 4", 4, "changed after it was written"),
        ("UPDATE entries SET payload = CAST(x'ff' AS TEXT) WHERE seq = 4", 4, "changed after it was written"),
        ("UPDATE entries SET hash = 'made up' WHERE seq = 4", 4, "changed after it was written"),
        ("UPDATE entries SET previous = 'made up' WHERE seq = 4", 4, "does not follow entry 3"),
        ("DELETE FROM entries WHERE seq = 4", 4, "entry 4 is missing"),
        ("DELETE FROM entries WHERE seq < 3", 1, "entry 1 is missing"),
        ("UPDATE entries SET seq = 1000 WHERE seq = 2", 2, "entry 2 is missing"),
    ],
)
def test_a_change_made_behind_the_guards_is_found(written: Path, statement: str, first_bad: int, why: str) -> None:
    edit(written, statement)
    with opened(written) as ledger:
        found = ledger.verify()
    assert not found.ok
    assert found.first_bad == first_bad
    assert why in found.why


def test_a_cut_tail_is_found_with_the_head_that_was_kept(written: Path) -> None:
    with opened(written) as ledger:
        head = ledger.verify().head
    edit(written, f"DELETE FROM entries WHERE seq > {head.seq - 2}")
    with opened(written) as ledger:
        assert "proven, and the entries do not" in ledger.verify().why
    edit(written, "DELETE FROM proofs", guarded=True)  # a careful forger's way
    with opened(written) as ledger:
        assert ledger.verify().ok
        found = ledger.verify(kept=head)
    assert not found.ok
    assert "cut off" in found.why


def test_an_entry_that_cannot_be_read_is_named_and_not_a_traceback(written: Path) -> None:
    edit(written, "UPDATE entries SET payload = '{' WHERE kind = 'host_configured'")
    with opened(written) as ledger, pytest.raises(InfraOpsError, match="cannot be read"):
        ledger.configured_hosts(STACK)


def test_a_page_overwritten_with_noise_is_an_operators_error(written: Path) -> None:
    size = written.stat().st_size
    with written.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(InfraOpsError) as caught:
        read_all(written)
    assert caught.value.hint


def read_all(path: Path) -> None:
    with opened(path) as ledger:
        ledger.verify()
        ledger.entries()


def test_the_guards_let_the_ledger_itself_go_on(ledger: Ledger) -> None:
    apply(ledger, "r1", "a")
    apply(ledger, "r2", "a")
    assert ledger.verify().ok
