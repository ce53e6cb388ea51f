"""Say of what kind of document a difference is, and which of ours it may be twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    kind = sa.Column("document_kind", sa.Text(), server_default="invoice", nullable=False)
    op.add_column("drift", kind)
    op.create_check_constraint(
        op.f("ck_drift_document_kind_known"), "drift", "document_kind IN ('invoice', 'credit_note')"
    )
    op.add_column("drift", sa.Column("twin_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_drift_twin_id"), "drift", "invoice", ["twin_id"], ["id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("drift", "twin_id")
    op.drop_column("drift", "document_kind")
