"""Remember how far a book is read where its change feed is not enough, and from which date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("connection", sa.Column("history_from", sa.Date(), nullable=True))
    op.create_table(
        "reading",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("before_day", sa.Date(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("documents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("gone", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "unreadable",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("covered_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "reason IN ('catch_up', 'history')", name=op.f("ck_reading_reason_known")
        ),
        sa.CheckConstraint(
            "kind IN ('customer', 'payment', 'invoice', 'credit_note', 'refund')",
            name=op.f("ck_reading_kind_known"),
        ),
        sa.CheckConstraint("task IN ('read', 'owed', 'check')", name=op.f("ck_reading_task_known")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_reading_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_reading_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_workspace_id"), "reading", ["workspace_id"])
    op.create_index("ix_reading_connection", "reading", ["connection_id", "reason"])
    op.create_index(
        "uq_reading_catch_up",
        "reading",
        ["connection_id", "kind", "task"],
        unique=True,
        postgresql_where=sa.text("reason = 'catch_up' AND finished_at IS NULL"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("reading")
    op.drop_column("connection", "history_from")
