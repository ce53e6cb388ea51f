"""Remember which invoice of the ledger, typed by hand, an invoice was linked to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# No mark of ours is on these: once a disconnect cleared their links, nothing would lead there.
_LINKED_BY_HAND = """
    UPDATE invoice SET same_there = l.ledger_id
    FROM document_link l
    WHERE l.document_kind = 'invoice' AND l.document_id = invoice.id AND l.adopted
      AND EXISTS (SELECT 1 FROM push p JOIN attempt a ON a.push_id = p.id AND a.outcome = 'linked'
                  WHERE p.document_kind = 'invoice' AND p.document_id = invoice.id
                    AND p.connection_id = l.connection_id)
"""


def upgrade() -> None:
    """Make the change."""
    op.add_column("invoice", sa.Column("same_there", sa.Text(), nullable=True))
    op.execute(_LINKED_BY_HAND)


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("invoice", "same_there")
