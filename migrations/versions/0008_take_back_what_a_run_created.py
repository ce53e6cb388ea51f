"""Remember which creation a push takes back, and at what total the ledger booked a push."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("push", sa.Column("undoes_id", sa.BigInteger(), nullable=True))
    op.add_column("push", sa.Column("booked_total", sa.Numeric(18, 5), nullable=True))
    op.create_foreign_key(op.f("fk_push_undoes_id"), "push", "push", ["undoes_id"], ["id"])
    op.create_index(
        "uq_push_undoes",
        "push",
        ["undoes_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("uq_push_undoes", table_name="push")
    op.drop_constraint(op.f("fk_push_undoes_id"), "push")
    op.drop_column("push", "booked_total")
    op.drop_column("push", "undoes_id")
