"""Take pushes in lanes: customers, what a person waits for, everything else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'retrying', 'unconfirmed', 'pushing')")


def upgrade() -> None:
    """Make the change."""
    op.add_column("push", sa.Column("lane", sa.SmallInteger(), server_default="2", nullable=False))
    op.execute("UPDATE push SET lane = 0 WHERE document_kind = 'customer'")
    op.create_index(
        "ix_push_claim",
        "push",
        ["connection_id", "lane", "due_at", "id"],
        unique=False,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_push_claim", table_name="push", postgresql_where=OPEN)
    op.drop_column("push", "lane")
