"""The ledger's tables, and the revisions of its schema, oldest first."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

# Kept here and not asked of Alembic, because importing Alembic takes longer than most commands.
REVISIONS = ("0001", "0002", "0003")

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("run", Text, nullable=False),
    Column("stack", Text),
    Column("payload", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),  # two entries after the same one would be a fork
    Column("hash", String(64), nullable=False, unique=True),
    Index("entries_run", "run"),
    Index("entries_stack", "stack"),
    Index("entries_kind", "kind"),
)

# What the entries prove by now: a row for each stack that came through the whole line and that nothing has acted on
# since. Kept in step with the entries, in the same transactions; `infraops ledger verify` holds it against them.
proofs = Table(
    "proofs",
    metadata,
    Column("stack", Text, primary_key=True),
    Column("seq", Integer, nullable=False),  # of the entry that proves it
    Column("run", Text, nullable=False),
    Column("at", String(27), nullable=False),
    Column("digests", Text, nullable=False),
)

# Which run holds which stack. A run that was killed leaves its rows; who finds them decides whether it is dead.
claims = Table(
    "claims",
    metadata,
    Column("stack", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("since", String(27), nullable=False),
)

# Alembic's own, apart from the others: it makes it in ledgers that it migrates.
version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
