"""Keep what the ledger last answered, let changes settle, hold recurring invoices for review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    for name in ("agreed", "asked"):
        op.add_column("document_link", sa.Column(name, postgresql.JSONB(), nullable=True))
    op.add_column("push", sa.Column("quiet_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "connection",
        sa.Column("review_recurring", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("connection", "review_recurring")
    op.drop_column("push", "quiet_since")
    op.drop_column("document_link", "asked")
    op.drop_column("document_link", "agreed")
