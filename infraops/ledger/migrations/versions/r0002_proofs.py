"""The table of proofs: what the newest entries prove of each stack, so that nobody reads a whole history for it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; empty, because entries of revision 1 hold no digests of inputs."""
    op.create_table(
        "proofs",
        sa.Column("stack", sa.Text(), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
    )
