"""Let an alert about a customer rest once somebody has seen it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "paused_alert",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('overdue', 'not_billed')", name=op.f("ck_paused_alert_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_paused_alert_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_paused_alert_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paused_alert")),
        sa.UniqueConstraint("customer_id", "kind", name=op.f("uq_paused_alert_customer_id_kind")),
    )
    op.create_index(op.f("ix_paused_alert_workspace_id"), "paused_alert", ["workspace_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("paused_alert")
