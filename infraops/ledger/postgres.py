"""The ledger in a PostgreSQL database: how it is reached, how transactions begin, and its errors in our words."""

import re
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from infraops.errors import InfraOpsError
from infraops.ledger.database import Database, Tell
from infraops.ledger.postgres_url import address_of

LOCK_SECONDS = 30.0  # how long a writer waits for the others
IDLE_SECONDS = 15.0  # after which the server ends a writer that stopped in the middle, and lets the next one in
CONNECTIONS = 2  # that one process keeps: who writes, and who reads
MORE_CONNECTIONS = 3  # for a moment

# All of it is one message to the server. READ COMMITTED, whatever the server's default is: the newest entry is looked
# for after the lock was had. The lock is of one schema, so that ledgers in one database do not wait for each other.
WRITE = """
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '{lock:.0f}ms';
SET LOCAL idle_in_transaction_session_timeout = '{idle:.0f}ms';
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
SELECT pg_advisory_xact_lock(1768842607, to_regnamespace(quote_ident(current_schema()))::oid::int)
"""
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

HOME = text(
    "SELECT current_schema(), (SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid "
    "WHERE pg_class.oid = to_regclass('entries'))"
)

# By SQLSTATE where the server told one, else by its words, which are English unless it was set up otherwise.
HINTS = (
    (r"28P01|password authentication failed|no password supplied",
     "put the password into PGPASSWORD, into ~/.pgpass (mode 0600) or into a service file"),
    (r"28000|no pg_hba.conf entry|role .* does not exist|not permitted to log in",
     "the server does not let this user in from here: look at its roles and its pg_hba.conf"),
    (r"3D000|database .* does not exist", "make the database with `createdb`, or name another in infraops.yaml"),
    (r"53300|too many clients|connection slots", "let fewer runs work at once, or raise the server's max_connections"),
    (r"57P03|starting up|shutting down|in recovery", "wait until the server has started, then try again"),
    (r"42501|permission denied",
     "a user who owns the tables makes and migrates them; runs need SELECT and INSERT on entries, SELECT on "
     "alembic_version, and SELECT, INSERT, UPDATE and DELETE on proofs and claims"),
    (r"25006", "this server only reads, as a standby does: name the primary"),
    (r"55P03", "another process holds the ledger; pg_stat_activity shows which one, if it hangs"),
    (r"53100", "make room on the server's disk, then try again"),
    (r"42P01", "the tables were removed while the ledger was open: open it again, or restore a copy"),
    (r"append-only", "the ledger refuses changes to what was written; `infraops ledger verify` tells more"),
    (r"could not translate|resolve|Name or service|refused|timeout|timed out|No such file|No route|unreachable",
     "is the server up, and does it answer at this address?"),
)  # fmt: skip
LOST = "what was recorded stands; when the server answers again, run the same command again"


class PostgresDatabase(Database):
    """A ledger in a database that somebody made; libpq's own ways give the password (PGPASSWORD, ~/.pgpass, …)."""

    def __init__(self, rest: str, *, tell: Tell = lambda text: None, lock_seconds: float = LOCK_SECONDS) -> None:
        """Take the database that `postgresql://` and this `rest` name."""
        self._address = address_of(rest)
        self._was_reached = False
        begin = WRITE.format(lock=lock_seconds * 1000, idle=IDLE_SECONDS * 1000)
        engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_size=CONNECTIONS,
            max_overflow=MORE_CONNECTIONS,
            use_native_hstore=False,
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            reading = connection.get_execution_options().get("infraops_reading", False)
            connection.exec_driver_sql(READ if reading else begin)

        super().__init__(engine, self._address.name, tell=tell)

    def refuse_unfit(self, connection: Connection) -> None:
        """Raise InfraOpsError where there is no schema to make tables in, or where they are in another one."""
        home, found = connection.execute(HOME).one()
        doing = f"opening the ledger {self.name}"
        if home is None:
            hint = "make the schema (CREATE SCHEMA …), or name another one: ?options=-csearch_path%3DNAME"
            raise InfraOpsError(doing, "none of the schemas in its search path exists", hint)
        if found not in (None, home):
            problem = f"its tables would be made in schema {home}, and there is a table entries in {found} already"
            raise InfraOpsError(doing, problem, "say which schema is meant: ?options=-csearch_path%3DNAME")

    def in_words(self, error: DBAPIError) -> tuple[str, str]:
        """Say what PostgreSQL says, and what to do about it."""
        state = getattr(error.orig, "sqlstate", None) or ""
        said = self._address.conceal(" ".join(str(error.orig).split()))
        hint = next((hint for sign, hint in HINTS if re.search(sign, f"{state} {said}")), "")
        if self._was_reached and self.is_lost(error):
            return f"the connection was lost: {said}", LOST
        return f"the database says: {said}", hint

    def is_lost(self, error: DBAPIError) -> bool:
        """Whether the connection broke, or could not be made."""
        unreached = isinstance(error.orig, psycopg.OperationalError) and error.orig.sqlstate is None
        return error.connection_invalidated or unreached

    def _connect(self) -> "psycopg.Connection[Any]":
        # autocommit: we say BEGIN ourselves. Nothing is prepared on the server, so that a pool between us may serve.
        connection = psycopg.connect(autocommit=True, prepare_threshold=None, **self._address.parameters)
        self._was_reached = True
        return connection
