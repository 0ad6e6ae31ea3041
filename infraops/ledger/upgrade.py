"""Bringing a ledger's schema up to what this version writes, and refusing what it does not know."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, text

from infraops.errors import InfraOpsError
from infraops.ledger.database import Database
from infraops.ledger.guards import GUARDS
from infraops.ledger.tables import REVISIONS, entries, metadata, version

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(
    database: Database, *, migrations: Path = MIGRATIONS, revisions: Sequence[str] = REVISIONS
) -> None:
    """Migrate the ledger if it is behind.

    InfraOpsError where it was written by a newer version, or where the database is something else.
    """
    reader = database.engine.execution_options(infraops_reading=True)
    with reader.connect() as connection:
        database.refuse_unfit(connection)
        if _revision(connection, database.name, revisions) == revisions[-1]:
            return
    # `begin` takes the write lock: of several processes that find the ledger behind, one migrates it.
    with database.engine.begin() as connection:
        found = _revision(connection, database.name, revisions) or _make(connection)
        if found != revisions[-1]:
            _migrate(connection, migrations)


def _revision(connection: Connection, name: str, revisions: Sequence[str]) -> str | None:
    """Read the schema's revision; None where the database is empty."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    is_versioned = "alembic_version" in tables
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if is_versioned else None
    if found in revisions and entries.name in tables:
        return str(found)
    doing = f"opening the ledger {name}"
    if found is not None and entries.name in tables:
        problem = f"it was written by a newer infraops (its schema is revision {found}, this one knows {revisions[-1]})"
        raise InfraOpsError(doing, problem, "use the newer infraops, or name another ledger in infraops.yaml")
    problem = f"the database holds something else (tables {', '.join(sorted(tables)[:5])})"
    raise InfraOpsError(doing, problem, "name another ledger in infraops.yaml")


def _make(connection: Connection) -> str:
    """Make the tables as they are now, without the way that older ledgers have come; returns their revision."""
    metadata.create_all(connection, checkfirst=False)
    for guard in GUARDS[connection.dialect.name]:
        connection.execute(text(guard))
    version.create(connection, checkfirst=False)
    connection.execute(insert(version), {"version_num": REVISIONS[-1]})
    return REVISIONS[-1]


def _migrate(connection: Connection, migrations: Path) -> None:
    from alembic import command, config  # costs 0.2 s, and hardly any ledger is behind

    settings = config.Config()
    settings.set_main_option("script_location", str(migrations).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
