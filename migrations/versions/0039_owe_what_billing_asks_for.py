"""Count as open of an invoice what billing asks for, less what the ledger has settled.

Where somebody had changed the amount in the ledger, its balance stood there, so that more could be
open than was ever invoiced. What the ledger counts as settled in full stays paid. The previous
release reads it as before.
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change; these are the few that differ, found by their state."""
    op.execute("""
        UPDATE invoice i
        SET balance = greatest(0, i.total - l.settled),
            status = CASE WHEN l.settled >= i.total THEN 'paid'
                          WHEN l.settled <= 0 THEN 'open' ELSE 'part_paid' END
        FROM document_link l
        WHERE l.connection_id = i.connection_id AND l.document_kind = i.kind
          AND l.document_id = i.id AND l.ledger_total <> i.total
          AND i.sync_state = 'differs' AND i.status <> 'void' AND i.balance > 0
    """)


def downgrade() -> None:
    """Take the ledger's balance again."""
    op.execute("""
        UPDATE invoice i
        SET balance = greatest(0, l.ledger_total - l.settled),
            status = CASE WHEN l.settled >= l.ledger_total THEN 'paid'
                          WHEN l.settled <= 0 THEN 'open' ELSE 'part_paid' END
        FROM document_link l
        WHERE l.connection_id = i.connection_id AND l.document_kind = i.kind
          AND l.document_id = i.id AND l.ledger_total <> i.total
          AND i.sync_state = 'differs' AND i.status <> 'void'
    """)
