"""The table of entries, and the database's refusal to change or remove any."""

import sqlalchemy as sa
from alembic import op

from infraops.ledger.guards import GUARDS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "entries",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("stack", sa.Text()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_index("entries_run", "entries", ["run"])
    op.create_index("entries_stack", "entries", ["stack"])
    op.create_index("entries_kind", "entries", ["kind"])
    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)
