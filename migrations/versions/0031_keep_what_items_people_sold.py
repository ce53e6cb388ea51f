"""Keep which items people put on the ledger's invoices, so that they can be suggested."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change; what was read before says nothing until it is read again."""
    op.add_column("ledger_invoice", sa.Column("sold", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_ledger_invoice_sold",
        "ledger_invoice",
        ["connection_id", "issue_date"],
        postgresql_where=sa.text("sold IS NOT NULL AND NOT deleted"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_ledger_invoice_sold", table_name="ledger_invoice")
    op.drop_column("ledger_invoice", "sold")
