"""Remember of a customer's link what we sent and when it broke; nest customers; aim their pushes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("customer", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_customer_parent_id"), "customer", "customer", ["parent_id"], ["id"]
    )
    op.create_index(
        "ix_customer_parent_id",
        "customer",
        ["parent_id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.add_column("customer_link", sa.Column("currency", sa.Text(), nullable=True))
    op.add_column("customer_link", sa.Column("version", sa.Text(), nullable=True))
    op.add_column("customer_link", sa.Column("sent", JSONB(), nullable=True))
    op.add_column("customer_link", sa.Column("gone", sa.Text(), nullable=True))
    op.add_column("customer_link", sa.Column("set_by", sa.Text(), nullable=True))
    op.add_column("customer_link", sa.Column("set_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("push", sa.Column("aim", JSONB(), nullable=True))
    op.add_column(
        "connection",
        sa.Column("customer_changes", sa.Text(), nullable=False, server_default="never"),
    )
    op.create_check_constraint(
        op.f("ck_connection_customer_changes_known"),
        "connection",
        "customer_changes IN ('never', 'always')",
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_constraint(op.f("ck_connection_customer_changes_known"), "connection")
    op.drop_column("connection", "customer_changes")
    op.drop_column("push", "aim")
    for column in ("set_at", "set_by", "gone", "sent", "version", "currency"):
        op.drop_column("customer_link", column)
    op.drop_index("ix_customer_parent_id", "customer")
    op.drop_constraint(op.f("fk_customer_parent_id"), "customer")
    op.drop_column("customer", "parent_id")
