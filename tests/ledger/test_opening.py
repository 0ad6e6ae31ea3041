"""Making, finding, migrating and refusing ledger files."""

import multiprocessing
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from infraops.errors import InfraOpsError
from infraops.ledger import open_ledger
from infraops.ledger.tables import REVISIONS, metadata
from infraops.ledger.upgrade import MIGRATIONS, _migrate, bring_up_to_date
from infraops.models.ledger.stations import DriftFound, StationStarted
from tests.ledger.places import Place
from tests.ledger.trees import STACK, opened

REVISION_1 = Path(__file__).parent / "revision_0001.sql"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        path = tmp_path / "state" / "infraops" / "ledger.sqlite3"
        with opened(path) as ledger:
            ledger.append(StationStarted("plan"), run="r1", stack=STACK)
            modes = {file.name: mode_of(file) for file in path.parent.iterdir()}
    finally:
        os.umask(umask)
    assert modes == {"ledger.sqlite3": 0o600, "ledger.sqlite3-wal": 0o600, "ledger.sqlite3-shm": 0o600}
    assert mode_of(path.parent) == mode_of(path.parent.parent) == 0o700


def test_a_directory_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    opened(tmp_path / "ledger.sqlite3").close()
    assert mode_of(tmp_path) == 0o750


@pytest.mark.parametrize("form", [str, lambda path: f"sqlite:///{path}", lambda path: path])
def test_a_ledger_is_named_by_path_or_url(path: Path, form: Callable[[Path], Path | str]) -> None:
    open_ledger(form(path)).close()
    assert path.is_file()


def test_a_path_may_hold_what_a_url_may_not(tmp_path: Path) -> None:
    path = tmp_path / "50% off?#x y" / "ledger.sqlite3"
    with opened(path) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
    assert path.is_file()


@pytest.mark.parametrize("scheme", ["mysql", "postgresql+psycopg2"])
def test_another_database_is_refused_and_its_password_is_not_repeated(scheme: str) -> None:
    with pytest.raises(InfraOpsError) as caught:
        open_ledger(f"{scheme}://jo:hunter2@db/ledger")
    said = f"{caught.value} {caught.value.hint}"
    assert f"{scheme} databases are not supported" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("content", [b"a blueprint, by mistake\n" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(InfraOpsError, match=r"opening the ledger .*the database says") as caught:
        open_ledger(path)
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InfraOpsError, match="it is a directory"):
        open_ledger(tmp_path)


def test_a_place_where_nothing_can_be_made_is_named() -> None:
    with pytest.raises(InfraOpsError, match="making the ledger /proc/infraops/ledger") as caught:
        open_ledger(Path("/proc/infraops/ledger.sqlite3"))
    assert "another ledger" in caught.value.hint


def test_somebody_elses_file_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(InfraOpsError, match=r"holds something else \(tables bookmarks\)"):
        open_ledger(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "tables", [["bookmarks (url TEXT)"], ["entries (url TEXT)"], ["alembic_version (version_num TEXT)"]]
)
def test_somebody_elses_database_is_refused(bare_place: Place, tables: list[str]) -> None:
    bare_place.execute(*(f"CREATE TABLE {table}" for table in tables))
    if "version" in tables[0]:  # of another program that is migrated by Alembic, and counts as we do
        bare_place.execute(f"INSERT INTO alembic_version VALUES ('{REVISIONS[-1]}')")
    with pytest.raises(InfraOpsError, match="holds something else"):
        open_ledger(bare_place.location)


def test_a_newer_ledger_is_refused(place: Place) -> None:
    opened(place.location).close()
    place.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        InfraOpsError, match=f"newer infraops .its schema is revision 9999, this one knows {REVISIONS[-1]}"
    ) as caught:
        open_ledger(place.location)
    assert "use the newer infraops" in caught.value.hint


def _write_as_nobody(path: Path, say: "multiprocessing.Queue[str]") -> None:
    os.setgid(65534)
    os.setuid(65534)
    try:
        with open_ledger(path) as ledger:
            ledger.append(StationStarted("plan"), run="r1", stack=STACK)
    except InfraOpsError as error:
        say.put(f"{error} | {error.hint}")
    else:
        say.put("written")


@pytest.mark.skipif(os.geteuid() != 0, reason="takes the rights of another user on")
@pytest.mark.parametrize("there", [True, False])
def test_a_directory_one_may_not_write_to_is_named(path: Path, there: bool) -> None:
    path.parent.mkdir()
    if there:
        opened(path).close()
        path.chmod(0o644)
    for directory in path.parents[:4]:
        if directory != Path("/tmp"):
            directory.chmod(0o755)
    fork = multiprocessing.get_context("fork")
    say: multiprocessing.Queue[str] = fork.Queue()
    child = fork.Process(target=_write_as_nobody, args=(path, say))
    child.start()
    said = say.get(timeout=30)
    child.join()
    assert "give write access" in said


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with opened(path) as ledger:
        assert ledger.verify().entries == 0


def test_the_tables_are_what_the_migrations_make(place: Place) -> None:
    opened(place.location).close()
    database = place.database()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_a_new_ledger_is_what_the_migrations_make_of_nothing(bare_place: Place) -> None:
    opened(bare_place.location).close()
    anew = bare_place.schema()
    assert len(anew) > 10
    bare_place.clear()
    database = bare_place.database()
    with database.engine.begin() as connection:
        _migrate(connection, MIGRATIONS)
    database.close()
    assert bare_place.schema() == anew


def test_the_revisions_are_those_of_the_migrations() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(settings)
    assert tuple(reversed([each.revision for each in script.walk_revisions()])) == REVISIONS


def test_a_ledger_of_revision_1_is_read_and_goes_on(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(REVISION_1.read_text())
    with opened(path) as ledger:
        assert ledger.verify().ok
        assert [type(entry.payload) for entry in ledger.entries(stack=STACK)] == [StationStarted, DriftFound]
        assert ledger.run("20260301-1200").command == "apply"
        assert ledger.append(StationStarted("plan"), run="r2", stack=STACK).seq == 4
        assert ledger.verify().ok


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "0003"


def upgrade():
    op.add_column("entries", sa.Column("note", sa.Text()))
"""


def test_a_ledger_that_is_behind_is_migrated_and_keeps_its_entries(place: Place, tmp_path: Path) -> None:
    with opened(place.location) as ledger:
        ledger.append(StationStarted("plan"), run="r1", stack=STACK)
        before = ledger.entries()
    migrations = tmp_path / "50% more" / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions" / "r9999_note.py").write_text(NEXT)
    database = place.database()
    for _ in range(2):  # the second time there is nothing to do
        bring_up_to_date(database, migrations=migrations, revisions=(*REVISIONS, "9999"))
    database.close()
    assert place.execute("SELECT note FROM entries") == [(None,)]
    with pytest.raises(InfraOpsError, match="newer infraops"):
        open_ledger(place.location)
    place.execute(f"UPDATE alembic_version SET version_num = '{REVISIONS[-1]}'")
    with opened(place.location) as ledger:
        assert ledger.entries() == before
        assert ledger.verify().ok


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(place: Place, tmp_path: Path) -> None:
    opened(place.location).close()
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions" / "r9999_note.py").write_text(NEXT + "    raise RuntimeError('no power')\n")
    database = place.database()
    with pytest.raises(RuntimeError, match="no power"):
        bring_up_to_date(database, migrations=migrations, revisions=(*REVISIONS, "9999"))
    with database.engine.connect() as connection:
        assert "note" not in [column["name"] for column in inspect(connection).get_columns("entries")]
    database.close()
    with opened(place.location) as ledger:
        assert ledger.verify().ok


LIGHT = """
import sys
import infraops.ledger
heavy = {"sqlalchemy", "alembic", "pydantic", "psycopg"} & set(sys.modules)
assert not heavy, heavy
from infraops.ledger import open_ledger
from infraops.models.ledger.stations import StationStarted
with open_ledger(sys.argv[1]) as ledger:
    ledger.append(StationStarted("plan"), run="r", stack="lab/web")
    assert "sqlalchemy" in sys.modules
    assert "sqlalchemy.orm" not in sys.modules
    assert ("psycopg" in sys.modules) == sys.argv[1].startswith("postgresql:")
print("alembic" in sys.modules)
"""


def test_sqlalchemy_is_loaded_when_a_ledger_is_opened_and_alembic_when_one_is_behind(bare_place: Place) -> None:
    def run() -> str:
        argv = [sys.executable, "-c", LIGHT, bare_place.location]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()

    assert run() == "False", "made anew"
    assert run() == "False"
    bare_place.execute("DROP TABLE claims", "UPDATE alembic_version SET version_num = '0002'")
    assert run() == "True"
    assert run() == "False"


def test_times_are_utc_by_default(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        with open_ledger(path) as ledger:
            at = ledger.append(StationStarted("plan"), run="r", stack=STACK).at
            assert abs(at.timestamp() - time.time()) < 60
            assert ledger.entries()[0].at == at
    finally:
        monkeypatch.undo()
        time.tzset()
