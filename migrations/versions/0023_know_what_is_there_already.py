"""Know what is in the ledger already: what finance wants done, and what people said is another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

LIVE = sa.text("NOT deleted AND NOT voided")


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "connection", sa.Column("duplicates", sa.Text(), server_default="ask", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_connection_duplicates_known"),
        "connection",
        "duplicates IN ('ask', 'link', 'skip')",
    )
    op.add_column("invoice", sa.Column("others_there", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_ledger_invoice_same_number",
        "ledger_invoice",
        ["connection_id", sa.text("lower(replace(number, ' ', ''))")],
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_ledger_invoice_same_customer",
        "ledger_invoice",
        ["connection_id", "customer_ledger_id", "total", "issue_date"],
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_ledger_invoice_same_name",
        "ledger_invoice",
        ["connection_id", sa.text("lower(replace(customer_name, ' ', ''))"), "total", "issue_date"],
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_ledger_customer_name",
        "ledger_customer",
        ["connection_id", sa.text("lower(replace(name, ' ', ''))")],
        postgresql_where=sa.text("NOT deleted"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_ledger_customer_name", table_name="ledger_customer")
    op.drop_index("ix_ledger_invoice_same_name", table_name="ledger_invoice")
    op.drop_index("ix_ledger_invoice_same_customer", table_name="ledger_invoice")
    op.drop_index("ix_ledger_invoice_same_number", table_name="ledger_invoice")
    op.drop_column("invoice", "others_there")
    op.drop_constraint(op.f("ck_connection_duplicates_known"), "connection", type_="check")
    op.drop_column("connection", "duplicates")
