"""Know which body a notice came in, so that one notice's body can be read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("inbound_event", sa.Column("body", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("inbound_event", "body")
