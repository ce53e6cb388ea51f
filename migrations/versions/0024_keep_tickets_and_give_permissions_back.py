"""Keep tickets, give permissions back until they are taken, and find what a customer has quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_NOW = sa.func.now()


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "revocation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("refresh_token_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_revocation_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_revocation_connection_id")
        ),
        sa.UniqueConstraint("connection_id", name=op.f("uq_revocation_connection_id")),
    )
    op.create_index(op.f("ix_revocation_workspace_id"), "revocation", ["workspace_id"])
    op.create_index("ix_revocation_due", "revocation", ["due_at"])
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_ticket_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_ticket_customer_id")
        ),
        sa.UniqueConstraint(
            "workspace_id", "external_id", name=op.f("uq_ticket_workspace_id_external_id")
        ),
    )
    op.create_index(op.f("ix_ticket_workspace_id"), "ticket", ["workspace_id"])
    op.create_index("ix_ticket_customer", "ticket", ["customer_id", "resolved_at"])
    op.create_index("ix_invoice_of_customer", "invoice", ["customer_id", "issue_date", "id"])
    op.drop_index("ix_invoice_customer_id", table_name="invoice")
    op.create_index(
        "ix_ledger_invoice_of_customer",
        "ledger_invoice",
        ["connection_id", "customer_ledger_id", "issue_date"],
    )
    op.create_index(
        "ix_ledger_payment_of_customer",
        "ledger_payment",
        ["connection_id", "customer_ledger_id", "received_on"],
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_ledger_payment_of_customer", table_name="ledger_payment")
    op.drop_index("ix_ledger_invoice_of_customer", table_name="ledger_invoice")
    op.create_index("ix_invoice_customer_id", "invoice", ["customer_id"])
    op.drop_index("ix_invoice_of_customer", table_name="invoice")
    op.drop_table("ticket")
    op.drop_table("revocation")
