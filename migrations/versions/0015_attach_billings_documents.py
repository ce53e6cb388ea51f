"""Keep the documents that are to be attached to invoices, and push them like everything else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KNOWN = "document_kind_known"
_BEFORE = "document_kind IN ('customer', 'item', 'invoice', 'credit_note', 'credit_application')"
_NOW = f"{_BEFORE[:-1]}, 'attachment')"
_STATES = "state IN ('wanted', 'sending', 'attached', 'failed')"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "invoice_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="wanted", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ledger_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_document")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_invoice_document_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_document_invoice_id")
        ),
        sa.UniqueConstraint("invoice_id", "name", name=op.f("uq_invoice_document_invoice_id_name")),
        sa.CheckConstraint(
            "url IS NOT NULL OR sha256 IS NOT NULL", name=op.f("ck_invoice_document_from_somewhere")
        ),
        sa.CheckConstraint(_STATES, name=op.f("ck_invoice_document_state_known")),
    )
    op.create_index(op.f("ix_invoice_document_workspace_id"), "invoice_document", ["workspace_id"])
    op.create_index(
        "ix_invoice_document_due",
        "invoice_document",
        ["due_at"],
        postgresql_where=sa.text("state IN ('wanted', 'sending')"),
    )
    _known(_NOW)


def downgrade() -> None:
    """Take it back."""
    op.execute(
        "DELETE FROM attempt WHERE push_id IN (SELECT id FROM push WHERE document_kind = 'attachment')"
    )
    op.execute("DELETE FROM push WHERE document_kind = 'attachment'")
    _known(_BEFORE)
    op.drop_table("invoice_document")


def _known(words: str) -> None:
    op.drop_constraint(op.f(f"ck_push_{_KNOWN}"), "push")
    op.create_check_constraint(op.f(f"ck_push_{_KNOWN}"), "push", words)
