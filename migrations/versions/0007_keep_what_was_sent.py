"""Keep the total a body says, and whether its key ever left us: what was sent is looked for by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("push", sa.Column("total", sa.Numeric(18, 5), nullable=True))
    op.add_column(
        "push", sa.Column("key_used", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute("UPDATE push SET key_used = true WHERE first_sent_at IS NOT NULL")


def downgrade() -> None:
    """Take it back."""
    op.drop_column("push", "key_used")
    op.drop_column("push", "total")
