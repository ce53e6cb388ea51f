"""Remember what became of every part of a payment, and tell refunds from payments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_OUTCOMES = "outcome IN ('applied', 'updated', 'reversed', 'unlinked')"


def upgrade() -> None:
    """Make the change; what is applied by now is remembered as it stands."""
    op.add_column(
        "ledger_payment", sa.Column("kind", sa.Text(), server_default="payment", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_ledger_payment_kind_known"),
        "ledger_payment",
        "kind IN ('payment', 'credit', 'refund')",
    )
    op.create_index(
        "ix_ledger_payment_unapplied",
        "ledger_payment",
        ["connection_id", "customer_ledger_id"],
        postgresql_where=sa.text("unapplied > 0"),
    )
    op.create_table(
        "settlement_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_ledger_id", sa.Text(), nullable=False),
        sa.Column("invoice_ledger_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("before", sa.Numeric(18, 5), nullable=True),
        sa.Column("after", sa.Numeric(18, 5), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("changed_there_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_change")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_settlement_change_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_settlement_change_connection_id")
        ),
        sa.CheckConstraint(_OUTCOMES, name=op.f("ck_settlement_change_outcome_known")),
    )
    op.create_index(
        op.f("ix_settlement_change_workspace_id"), "settlement_change", ["workspace_id"]
    )
    op.create_index(
        "ix_settlement_change_invoice", "settlement_change", ["connection_id", "invoice_ledger_id"]
    )
    op.execute(
        "UPDATE ledger_payment SET kind = 'credit' WHERE amount = 0 AND NOT voided AND NOT deleted"
    )
    op.execute(
        "INSERT INTO settlement_change (created_at, workspace_id, connection_id, payment_ledger_id,"
        " invoice_ledger_id, outcome, after, kind, received_on, reference, changed_there_at)"
        " SELECT part.created_at, part.workspace_id, part.connection_id, part.payment_ledger_id,"
        " part.invoice_ledger_id, 'applied', part.amount, payment.kind, payment.received_on,"
        " payment.reference, payment.updated_there_at"
        " FROM ledger_settlement part JOIN ledger_payment payment"
        " ON payment.connection_id = part.connection_id"
        " AND payment.ledger_id = part.payment_ledger_id ORDER BY part.id"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("settlement_change")
    op.drop_index("ix_ledger_payment_unapplied", table_name="ledger_payment")
    op.drop_constraint(op.f("ck_ledger_payment_kind_known"), "ledger_payment")
    op.drop_column("ledger_payment", "kind")
