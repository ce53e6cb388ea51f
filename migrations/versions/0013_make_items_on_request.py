"""Keep what a person asked to be made in a ledger; know which accounts new items may post to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("push", sa.Column("asked", postgresql.JSONB(), nullable=True))
    # As the next reading of the lists says it; until then nobody would be offered an account.
    op.execute(
        "UPDATE catalogue_entry SET details = details || '{\"for_items\": true}'"
        " WHERE kind = 'account' AND details ->> 'type' = 'Income'"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("push", "asked")
