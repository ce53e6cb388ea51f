"""Keep the meter of calls where nobody empties it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "call_meter",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("metered", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("metered_seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("free", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("free_seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_meter_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_call_meter_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_meter")),
        sa.UniqueConstraint(
            "month", "connection_id", name=op.f("uq_call_meter_month_connection_id")
        ),
    )
    op.create_index(op.f("ix_call_meter_workspace_id"), "call_meter", ["workspace_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("call_meter")
