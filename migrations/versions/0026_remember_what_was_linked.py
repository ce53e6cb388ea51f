"""Remember across a disconnect which of the ledger's invoices each of ours was linked to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# What somebody typed and an invoice was linked to leads back to it only while the link is gone:
# disconnected, or connected again and still to be looked at.
_UNLINKED = """
    UPDATE invoice SET linked_before = same_there
    WHERE same_there IS NOT NULL AND connection_id IS NOT NULL
      AND sync_state NOT IN ('voided', 'deleted_there')
      AND NOT EXISTS (SELECT 1 FROM document_link l
                      WHERE l.connection_id = invoice.connection_id
                        AND l.document_kind = invoice.kind AND l.document_id = invoice.id)
"""
# The other way round nothing is lost: what is linked now and was typed is known by its push.
_LINKED_BY_HAND = """
    UPDATE invoice SET same_there = coalesce(linked_before, (
        SELECT l.ledger_id FROM document_link l
        WHERE l.document_kind = 'invoice' AND l.document_id = invoice.id AND l.adopted
          AND EXISTS (SELECT 1 FROM push p
                      JOIN attempt a ON a.push_id = p.id AND a.outcome = 'linked'
                      WHERE p.document_kind = 'invoice' AND p.document_id = invoice.id
                        AND p.connection_id = l.connection_id)
        LIMIT 1))
"""


def upgrade() -> None:
    """Make the change."""
    op.add_column("invoice", sa.Column("linked_before", sa.Text(), nullable=True))
    op.execute(_UNLINKED)
    op.create_index(
        "ix_invoice_linked_before",
        "invoice",
        ["connection_id", "linked_before"],
        postgresql_where=sa.text("linked_before IS NOT NULL"),
    )
    op.drop_column("invoice", "same_there")


def downgrade() -> None:
    """Take the change back."""
    op.add_column("invoice", sa.Column("same_there", sa.Text(), nullable=True))
    op.execute(_LINKED_BY_HAND)
    op.drop_index("ix_invoice_linked_before", table_name="invoice")
    op.drop_column("invoice", "linked_before")
