"""Mark the tries whose code nobody had put into words, so that they can be counted at every scrape."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "attempt",
        sa.Column("unexplained", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_attempt_unexplained", "attempt", ["code"], postgresql_where=sa.text("unexplained")
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_attempt_unexplained", table_name="attempt")
    op.drop_column("attempt", "unexplained")
