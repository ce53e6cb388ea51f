"""Push nothing to a company before somebody switches it on, and nothing of before a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change; what is connected already is live, from no day on."""
    op.add_column(
        "connection", sa.Column("live", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("connection", sa.Column("trial_id", sa.BigInteger(), nullable=True))
    op.add_column("connection", sa.Column("starts_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("connection", "starts_on")
    op.drop_column("connection", "trial_id")
    op.drop_column("connection", "live")
