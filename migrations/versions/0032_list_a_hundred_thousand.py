"""Index what long lists are read by, and remember pushing everything that a list shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_NOW = sa.func.now()
# Name, table, columns, and what else. Those that take another's place have a name of their own.
_INDEXES = (
    (
        "ix_invoice_standing",
        "invoice",
        ["workspace_id", "sync_state", "kind", "currency"],
        {"postgresql_include": ["connection_id", "total", "status"]},
    ),
    (
        "ix_invoice_called",
        "invoice",
        ["workspace_id", "number"],
        {"postgresql_include": ["id", "kind"]},
    ),
    ("ix_invoice_order", "invoice", ["workspace_id", "kind", "created_at", "id"], {}),
    (
        "ix_attempt_order",
        "attempt",
        ["workspace_id", "started_at", "id"],
        {"postgresql_include": ["outcome"]},
    ),
    (
        "ix_attempt_request",
        "attempt",
        ["ledger_request_id"],
        {"postgresql_where": sa.text("ledger_request_id IS NOT NULL")},
    ),
    (
        "ix_document_link_pushed",
        "document_link",
        ["workspace_id", "document_kind", "pushed_at"],
        {},
    ),
    ("ix_ledger_payment_order", "ledger_payment", ["workspace_id", "created_at", "id"], {}),
    ("ix_ledger_credit_order", "ledger_credit", ["workspace_id", "created_at", "id"], {}),
    ("ix_settlement_change_order", "settlement_change", ["workspace_id", "created_at", "id"], {}),
    ("ix_outbound_event_order", "outbound_event", ["workspace_id", "created_at", "id"], {}),
)
_REPLACED = (
    ("ix_invoice_state", "invoice", ["workspace_id", "sync_state"]),
    ("ix_invoice_number", "invoice", ["workspace_id", "number"]),
    ("ix_attempt_newest", "attempt", ["workspace_id", "started_at", "id"]),
)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "bulk_push",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("wanted", postgresql.JSONB(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("looked_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_push")),
        sa.CheckConstraint("deed IN ('push', 'retry')", name=op.f("ck_bulk_push_deed_known")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_bulk_push_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_bulk_push_user_id")
        ),
    )
    op.create_index(op.f("ix_bulk_push_workspace_id"), "bulk_push", ["workspace_id"])
    op.create_index(
        "uq_bulk_push_open",
        "bulk_push",
        ["workspace_id"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    # Tables are read and written all the while, so nobody is held up, however long it waits for
    # others to end. One that was broken off left half an index: it is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for name, table, columns, more in _INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_concurrently=True, **more)
        for name, table, _ in _REPLACED:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    """Take it back."""
    for name, table, columns in _REPLACED:
        op.create_index(name, table, columns)
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    op.drop_table("bulk_push")
