"""Remember what became of a permission: refused though new, its people warned, reminded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("oauth_grant", sa.Column("refused_at", sa.DateTime(timezone=True)))
    op.add_column("alert", sa.Column("reminded_at", sa.DateTime(timezone=True)))
    op.create_table(
        "permission_warning",
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "what IN ('idle', 'final')", name=op.f("ck_permission_warning_what_known")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["oauth_grant.id"],
            name=op.f("fk_permission_warning_grant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_permission_warning_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission_warning")),
        sa.UniqueConstraint(
            "grant_id", "what", "days", name=op.f("uq_permission_warning_grant_id_what_days")
        ),
    )
    op.create_index(
        op.f("ix_permission_warning_workspace_id"), "permission_warning", ["workspace_id"]
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("permission_warning")
    op.drop_column("alert", "reminded_at")
    op.drop_column("oauth_grant", "refused_at")
