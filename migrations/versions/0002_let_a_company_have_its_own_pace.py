"""Let a company have its own pace, and remember a pause outside Redis."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "connection", sa.Column("in_flight", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.add_column("connection", sa.Column("calls_per_minute", sa.BigInteger(), nullable=True))
    op.add_column("connection", sa.Column("quiet_until", sa.DateTime(timezone=True)))
    op.add_column("connection", sa.Column("quiet_reason", sa.Text()))
    op.create_check_constraint(
        op.f("ck_connection_in_flight_positive"), "connection", "in_flight >= 1"
    )
    op.create_check_constraint(
        op.f("ck_connection_calls_per_minute_positive"), "connection", "calls_per_minute >= 1"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_constraint(op.f("ck_connection_calls_per_minute_positive"), "connection")
    op.drop_constraint(op.f("ck_connection_in_flight_positive"), "connection")
    for column in ("quiet_reason", "quiet_until", "calls_per_minute", "in_flight"):
        op.drop_column("connection", column)
