"""A ledger in PostgreSQL: who gets in, who may do what, and what is said where something is missing."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from infraops.errors import InfraOpsError
from infraops.ledger import open_ledger
from infraops.ledger.open import utc_now
from infraops.ledger.tables import REVISIONS
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.stations import StationStarted
from tests.docs.markdown import DOCS, blocks
from tests.ledger.places import OnServer
from tests.ledger.trees import STACK, apply, opened
from tests.ports import nobody_listening, port_of
from tests.postgres import PASSWORD, Server

RUNS = (
    "GRANT SELECT ON alembic_version TO jo",
    "GRANT SELECT, INSERT ON entries TO jo",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON proofs, claims TO jo",
)
READS = ("GRANT SELECT ON alembic_version, entries, proofs, claims TO jo",)


def refusal(location: str) -> tuple[str, str]:
    """Open a ledger that does not open; returns what is said, and the hint."""
    with pytest.raises(InfraOpsError) as caught:
        open_ledger(location).close()
    assert PASSWORD not in f"{caught.value} {caught.value.hint}"
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_name_of_the_scheme_will_do(on_server: OnServer, scheme: str) -> None:
    with opened(on_server.server.url(on_server.name, scheme=scheme)) as ledger:
        assert ledger.append(StationStarted("plan"), run="r1", stack=STACK).seq == 1


@pytest.fixture
def guarded(on_server: OnServer) -> OnServer:
    """A ledger in which jo, who needs a password, may carry out runs."""
    on_server.execute(*RUNS)
    return on_server


def written_by_jo(location: str) -> None:
    with opened(location) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        assert ledger.verify().ok


def test_a_password_in_the_url_lets_in(guarded: OnServer) -> None:
    written_by_jo(guarded.server.tcp_url(guarded.name, password=PASSWORD))


def test_a_password_in_the_environment_lets_in(guarded: OnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    written_by_jo(guarded.server.tcp_url(guarded.name))


def test_a_password_file_lets_in(guarded: OnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:*:{guarded.name}:jo:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    written_by_jo(guarded.server.tcp_url(guarded.name))


def test_a_service_lets_in(guarded: OnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "services"
    where = f"host=127.0.0.1\nport={guarded.server.port}\ndbname={guarded.name}\n"
    file.write_text(f"[team]\n{where}user=jo\npassword={PASSWORD}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    written_by_jo("postgresql://?service=team")


def test_a_wrong_password_is_explained_and_not_repeated(guarded: OnServer) -> None:
    url = guarded.server.tcp_url(guarded.name, password=f"{PASSWORD}2")
    said, hint = refusal(url)
    assert said.startswith(f"opening the ledger postgresql://jo@127.0.0.1:{guarded.server.port}/ledger: ")
    assert "password authentication failed" in said
    assert "PGPASSWORD" in hint


def test_a_missing_password_is_explained(guarded: OnServer) -> None:
    said, hint = refusal(guarded.server.tcp_url(guarded.name))
    assert "no password supplied" in said
    assert "~/.pgpass" in hint


def test_a_user_that_nobody_knows_is_explained(guarded: OnServer) -> None:
    _, hint = refusal(guarded.server.url(guarded.name, user="stranger"))
    assert "pg_hba.conf" in hint


def test_a_database_that_is_missing_is_explained(postgres: Server) -> None:
    said, hint = refusal(postgres.url("nowhere"))
    assert 'database "nowhere" does not exist' in said
    assert "createdb" in hint


def test_a_server_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with nobody_listening() as held:
        for url in (f"postgresql://jo@127.0.0.1:{port_of(held)}/ledger", f"postgresql://jo@/ledger?host={tmp_path}"):
            said, hint = refusal(url)
            assert "is the server up" in hint, said


def test_a_server_that_does_not_answer_is_not_waited_for_long() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        begun = time.monotonic()
        _, hint = refusal(f"postgresql://jo@127.0.0.1:{silent.getsockname()[1]}/ledger?connect_timeout=2")
        assert time.monotonic() - begun < 30, "other than the 2 seconds asked for, none is waited for"
        assert "is the server up" in hint


def test_psycopg_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said, hint = refusal("postgresql://jo@db/ledger")
    assert "the package psycopg is not installed" in said
    assert "infraops[postgres]" in hint


def test_who_carries_out_runs_can_neither_change_nor_unlock_the_record(guarded: OnServer) -> None:
    with opened(guarded.server.url(guarded.name, user="jo")) as ledger:
        apply(ledger, "r1", "a")
        apply(ledger, "r2", "b")
        owner = Owner("r1", "desk", "boot", 1, 1, utc_now())
        assert ledger.claims.take(STACK, owner) is None
        assert ledger.claims.take_over(STACK, before=owner, owner=owner)
        ledger.claims.release("r1")
        assert ledger.verify().ok
    for statement in (
        "UPDATE entries SET run = 'r3'",
        "DELETE FROM entries",
        "TRUNCATE entries",
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "DROP TRIGGER entries_never_change ON entries",
        "DROP TABLE entries",
        "CREATE OR REPLACE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        with (
            psycopg.connect(guarded.server.url(guarded.name, user="jo")) as jo,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            jo.execute(statement.encode())


def test_the_grants_in_the_documentation_are_enough(postgres: Server) -> None:
    sql = [block.text for block in blocks(DOCS / "ledger.md") if block.info == "sql"]
    roles, grants = ([each for each in text.split(";\n") if each] for text in sql)
    postgres.execute(*roles)
    try:
        with open_ledger(postgres.url("infraops", user="ledger_owner")) as ledger:
            apply(ledger, "r1", "a")
        postgres.execute(*grants, database="infraops")
        postgres.execute("CREATE ROLE ann LOGIN IN ROLE ledger_runs", "CREATE ROLE bob LOGIN IN ROLE ledger_readers")
        with opened(postgres.url("infraops", user="ann")) as ledger:
            apply(ledger, "r2", "a")
            owner = Owner("r2", "desk", "boot", 1, 1, utc_now())
            ledger.claims.take(STACK, owner)
            ledger.claims.take_over(STACK, before=owner, owner=owner)
            ledger.claims.release("r2")
        with opened(postgres.url("infraops", user="bob")) as ledger:
            assert [run.id for run in ledger.runs()] == ["r2", "r1"]
            assert ledger.claims.all() == {}
            assert ledger.verify().ok
            with pytest.raises(InfraOpsError, match="permission denied"):
                ledger.append(StationStarted("plan"), run="r3", stack=STACK)
    finally:
        postgres.execute("DROP DATABASE infraops WITH (FORCE)")
        for role in ("ann", "bob", "ledger_runs", "ledger_readers", "ledger_owner"):
            postgres.execute(f"DROP ROLE IF EXISTS {role}")


def test_a_copy_that_is_restored_holds_the_chain_and_its_guards(on_server: OnServer) -> None:
    server = on_server.server
    with opened(on_server.location) as ledger:
        apply(ledger, "r1", "a")
        head = ledger.verify().head
    with server.database("restored") as name:
        dump = subprocess.run([server.programs / "pg_dump", on_server.location], check=True, capture_output=True)
        restore = [str(server.programs / "psql"), "-q", "-v", "ON_ERROR_STOP=1", server.url(name)]
        subprocess.run(restore, input=dump.stdout, check=True, capture_output=True)
        with opened(server.url(name)) as ledger:
            assert ledger.verify(kept=head).ok
            assert ledger.append(StationStarted("plan"), run="r2", stack=STACK).seq == head.seq + 1
        with pytest.raises(on_server.refusal, match="append-only"):
            server.execute("TRUNCATE entries", database=name)


def test_who_only_reads_can_look_and_check_and_is_told_what_writing_takes(on_server: OnServer) -> None:
    with opened(on_server.location) as ledger:
        apply(ledger, "r1", "a")
    on_server.execute(*READS)
    with opened(on_server.server.url(on_server.name, user="jo")) as ledger:
        assert ledger.verify().ok
        assert [run.id for run in ledger.runs()] == ["r1"]
        with pytest.raises(InfraOpsError, match="permission denied for table entries") as caught:
            ledger.append(StationStarted("plan"), run="r2", stack=STACK)
    assert "INSERT on entries" in caught.value.hint


def test_tables_are_made_and_migrated_by_who_may(postgres: Server, guarded: OnServer) -> None:
    with postgres.database("bare") as name:
        said, hint = refusal(postgres.url(name, user="jo"))
        assert "permission denied for schema public" in said
        assert "a user who owns the tables makes and migrates them" in hint
    guarded.execute(f"UPDATE alembic_version SET version_num = '{REVISIONS[0]}'", "DROP TABLE proofs, claims")
    _, hint = refusal(guarded.server.url(guarded.name, user="jo"))
    assert "a user who owns the tables makes and migrates them" in hint
    with opened(guarded.location) as ledger:
        apply(ledger, "r1", "a")


def test_a_server_that_only_reads_is_named(on_server: OnServer) -> None:
    """As a standby, or a role whose transactions are read-only."""
    location = on_server.server.url(on_server.name, asked="options=-cdefault_transaction_read_only%3Don")
    with opened(location) as ledger:
        assert ledger.verify().ok
        with pytest.raises(InfraOpsError, match="read-only transaction") as caught:
            ledger.append(StationStarted("plan"), run="r1", stack=STACK)
    assert "name the primary" in caught.value.hint


@pytest.fixture
def in_schemas(on_server: OnServer) -> Iterator[tuple[str, str]]:
    """Two places in schemas of one database; beside them, public has a ledger, too."""
    on_server.execute('CREATE SCHEMA "team-a"', "CREATE SCHEMA b")
    server, name = on_server.server, on_server.name
    yield (
        server.url(name, asked="options=-csearch_path%3Dteam-a"),
        server.url(name, asked="options=-csearch_path%3Db"),
    )


def test_each_schema_holds_a_ledger_of_its_own(on_server: OnServer, in_schemas: tuple[str, str]) -> None:
    first, second = in_schemas
    with opened(first) as a, opened(second) as b, opened(on_server.location) as public:
        apply(a, "r1", "a")
        assert b.append(StationStarted("plan"), run="r1", stack=STACK).seq == 1
        assert public.verify().entries == 0
        assert a.verify().ok and b.verify().ok
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        on_server.execute('DELETE FROM "team-a".entries')
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        on_server.execute("INSERT INTO b.entries SELECT * FROM b.entries")


def test_ledgers_in_one_database_do_not_wait_for_each_other(on_server: OnServer, in_schemas: tuple[str, str]) -> None:
    with opened(in_schemas[0]) as ledger, on_server.writer_at_work():
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)


def test_a_schema_that_is_missing_is_explained(on_server: OnServer) -> None:
    location = on_server.server.url(on_server.name, asked="options=-csearch_path%3Dnowhere")
    said, hint = refusal(location)
    assert "none of the schemas in its search path exists" in said
    assert "CREATE SCHEMA" in hint


def test_a_second_ledger_is_not_made_where_a_users_own_schema_hides_the_first(on_server: OnServer) -> None:
    on_server.execute("CREATE SCHEMA jo AUTHORIZATION jo", *RUNS)
    said, hint = refusal(on_server.server.url(on_server.name, user="jo"))
    assert "there is a table entries in public already" in said
    assert "search_path" in hint
    with opened(on_server.server.url(on_server.name, user="jo", asked="options=-csearch_path%3Dpublic")) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)


def test_a_stricter_isolation_of_the_server_does_not_get_into_the_way(on_server: OnServer) -> None:
    on_server.execute("ALTER DATABASE ledger SET default_transaction_isolation = 'serializable'")
    with opened(on_server.location) as one, opened(on_server.location) as two:
        for _ in range(3):
            one.append(StationStarted("plan"), run="r1", stack=STACK)
            two.append(StationStarted("plan"), run="r2", stack=STACK)
        assert one.verify().entries == 6


def test_what_was_acknowledged_survives_also_where_the_server_is_set_up_to_hurry(on_server: OnServer) -> None:
    on_server.execute("ALTER DATABASE ledger SET synchronous_commit = off")
    database = on_server.database()
    with database.engine.begin() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()
