"""Keep credit notes, and what they are applied to, beside invoices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KINDS = "'invoice', 'credit_note', 'credit_application'"


def upgrade() -> None:
    """Make the change."""
    op.add_column("invoice", sa.Column("kind", sa.Text(), server_default="invoice", nullable=False))
    op.add_column("invoice", sa.Column("credit_note_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("applied_to", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_invoice_kind_known"), "invoice", f"kind IN ({_KINDS})")
    op.create_foreign_key(
        op.f("fk_invoice_credit_note_id"), "invoice", "invoice", ["credit_note_id"], ["id"]
    )
    op.drop_constraint(op.f("uq_invoice_workspace_id_external_id"), "invoice")
    op.create_unique_constraint(
        op.f("uq_invoice_workspace_id_kind_external_id"),
        "invoice",
        ["workspace_id", "kind", "external_id"],
    )
    op.create_index(
        "ix_invoice_credit_note",
        "invoice",
        ["credit_note_id"],
        postgresql_where=sa.text("credit_note_id IS NOT NULL"),
    )
    op.create_index(
        "ix_invoice_applied_to",
        "invoice",
        ["workspace_id", "applied_to"],
        postgresql_where=sa.text("applied_to IS NOT NULL"),
    )
    _allow_documents(f"'customer', 'item', {_KINDS}")


def downgrade() -> None:
    """Take it back: credit notes have no place in the older tables, so there must be none."""
    _allow_documents("'customer', 'item', 'invoice', 'credit_note'")
    op.drop_index("ix_invoice_applied_to", table_name="invoice")
    op.drop_index("ix_invoice_credit_note", table_name="invoice")
    op.drop_constraint(op.f("uq_invoice_workspace_id_kind_external_id"), "invoice")
    op.create_unique_constraint(
        op.f("uq_invoice_workspace_id_external_id"), "invoice", ["workspace_id", "external_id"]
    )
    op.drop_constraint(op.f("fk_invoice_credit_note_id"), "invoice")
    op.drop_constraint(op.f("ck_invoice_kind_known"), "invoice")
    op.drop_column("invoice", "applied_to")
    op.drop_column("invoice", "credit_note_id")
    op.drop_column("invoice", "kind")


def _allow_documents(words: str) -> None:
    op.drop_constraint(op.f("ck_push_document_kind_known"), "push")
    op.create_check_constraint(
        op.f("ck_push_document_kind_known"), "push", f"document_kind IN ({words})"
    )
