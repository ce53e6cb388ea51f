"""Remember how a ledger rounds tax, and that a person let its tax be booked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "connection",
        sa.Column("tax_rounding", sa.Text(), server_default="rate", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_connection_tax_rounding"), "connection", "tax_rounding IN ('rate', 'line')"
    )
    op.add_column(
        "invoice",
        sa.Column("tax_decision", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("invoice", "tax_decision")
    op.drop_constraint(op.f("ck_connection_tax_rounding"), "connection")
    op.drop_column("connection", "tax_rounding")
