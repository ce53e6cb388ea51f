"""Remember which run sent a push, so that a wrong run can be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "push_run",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_how", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_push_run_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_push_run_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_run")),
    )
    op.create_index(op.f("ix_push_run_workspace_id"), "push_run", ["workspace_id"])
    op.create_index("ix_push_run_newest", "push_run", ["connection_id", "started_at"])
    op.create_index(
        "uq_push_run_open",
        "push_run",
        ["connection_id"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.add_column("push", sa.Column("run_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_push_run_id"), "push", "push_run", ["run_id"], ["id"])
    op.create_index(
        "ix_push_run", "push", ["run_id"], postgresql_where=sa.text("run_id IS NOT NULL")
    )
    _allow_operations("'create', 'update', 'void', 'delete'")


def downgrade() -> None:
    """Take it back."""
    _allow_operations("'create', 'update', 'void'")
    op.drop_index("ix_push_run", table_name="push")
    op.drop_constraint(op.f("fk_push_run_id"), "push")
    op.drop_column("push", "run_id")
    op.drop_table("push_run")


def _allow_operations(words: str) -> None:
    op.drop_constraint(op.f("ck_push_operation_known"), "push")
    op.create_check_constraint(op.f("ck_push_operation_known"), "push", f"operation IN ({words})")
