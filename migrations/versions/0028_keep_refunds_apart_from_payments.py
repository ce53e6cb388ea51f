"""Tell refunds from payments of the same id, and know what credits a payment uses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_KEY = "uq_ledger_payment_connection_id_book_ledger_id"
_OLD_KEY = "uq_ledger_payment_connection_id_ledger_id"

# What ever was on an invoice is a payment. A payment of no money that only gave a credit note back
# cannot be told from a refund by what was kept of it, and is rare: it is taken for a refund.
_REFUNDS = """
    UPDATE ledger_payment SET book = 'refund'
    WHERE kind = 'refund' AND paid_out_of IS NULL AND NOT EXISTS (
        SELECT 1 FROM settlement_change c
        WHERE c.connection_id = ledger_payment.connection_id
          AND c.payment_ledger_id = ledger_payment.ledger_id)
"""


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "ledger_payment", sa.Column("book", sa.Text(), server_default="payment", nullable=False)
    )
    op.add_column("ledger_payment", sa.Column("paid_out_of", sa.Text(), nullable=True))
    op.add_column("ledger_payment", sa.Column("credits", postgresql.JSONB(), nullable=True))
    op.execute(
        "UPDATE ledger_payment SET paid_out_of = split_part(ledger_id, '/', 1)"
        " WHERE ledger_id LIKE '%/%'"
    )
    op.execute(_REFUNDS)
    op.create_check_constraint(
        op.f("ck_ledger_payment_book_known"), "ledger_payment", "book IN ('payment', 'refund')"
    )
    op.drop_constraint(op.f(_OLD_KEY), "ledger_payment")
    op.create_unique_constraint(
        op.f(_KEY), "ledger_payment", ["connection_id", "book", "ledger_id"]
    )
    op.create_index(
        "ix_ledger_payment_paid_out_of",
        "ledger_payment",
        ["connection_id", "paid_out_of"],
        postgresql_where=sa.text("paid_out_of IS NOT NULL AND NOT deleted"),
    )


def downgrade() -> None:
    """Take it back; of a refund and a payment of one id the payment stays."""
    op.execute(
        "DELETE FROM ledger_payment r USING ledger_payment p WHERE r.book = 'refund'"
        " AND p.book = 'payment' AND p.connection_id = r.connection_id"
        " AND p.ledger_id = r.ledger_id"
    )
    op.drop_index("ix_ledger_payment_paid_out_of", table_name="ledger_payment")
    op.drop_constraint(op.f(_KEY), "ledger_payment")
    op.create_unique_constraint(op.f(_OLD_KEY), "ledger_payment", ["connection_id", "ledger_id"])
    op.drop_constraint(op.f("ck_ledger_payment_book_known"), "ledger_payment")
    op.drop_column("ledger_payment", "credits")
    op.drop_column("ledger_payment", "paid_out_of")
    op.drop_column("ledger_payment", "book")
