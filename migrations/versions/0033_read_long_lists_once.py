"""Index who owes what, what was sold lately, and how the tries of years ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# Name, table, columns, and what else. One that takes another's place has a name of its own.
_INDEXES = (
    (
        "ix_invoice_owed",
        "invoice",
        ["workspace_id", "kind", "customer_id"],
        {
            "postgresql_include": ["currency", "due_date", "balance", "total"],
            "postgresql_where": sa.text("status IN ('open', 'part_paid')"),
        },
    ),
    (
        "ix_invoice_line_sold",
        "invoice_line",
        ["invoice_id", "revision"],
        {
            "postgresql_include": [
                "workspace_id", "service_code", "tax_code", "class_code", "amount", "tax_amount",
            ],
        },
    ),
    ("ix_attempt_outcome", "attempt", ["workspace_id", "outcome"], {}),
    (
        "ix_outbound_delivery_of",
        "outbound_delivery",
        ["event_id"],
        {"postgresql_include": ["workspace_id"]},
    ),
    (
        "ix_settlement_change_told",
        "settlement_change",
        ["workspace_id", "created_at", "id"],
        {"postgresql_where": sa.text("outcome IN ('updated', 'reversed')")},
    ),
)  # fmt: skip
_REPLACED = (
    ("ix_outbound_delivery_event_id", "outbound_delivery", ["event_id"]),
    ("ix_settlement_change_order", "settlement_change", ["workspace_id", "created_at", "id"]),
)


def upgrade() -> None:
    """Make the change; nobody who reads or writes meanwhile is held up."""
    # One that was broken off left half an index: it is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for name, table, columns, more in _INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_concurrently=True, **more)
        for name, table, _ in _REPLACED:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    """Take it back."""
    for name, table, columns in _REPLACED:
        op.create_index(name, table, columns)
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
