"""Keep where billing hears of events, and how far each event has come on its way there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Make the change; what happened before anybody could listen is sent to nobody."""
    op.add_column(
        "outbound_event",
        sa.Column("addressed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.alter_column("outbound_event", "addressed", server_default=sa.text("false"))
    op.create_index(
        "ix_outbound_event_new",
        "outbound_event",
        ["id"],
        postgresql_where=sa.text("NOT addressed"),
    )
    op.create_index("ix_outbound_event_newest", "outbound_event", ["workspace_id", "id"])
    _endpoints()
    _deliveries()


def _endpoints() -> None:
    op.create_table(
        "event_endpoint",
        *_of_a_workspace("event_endpoint"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "types", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_reason", sa.Text(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f("ix_event_endpoint_workspace_id"), "event_endpoint", ["workspace_id"])
    op.create_index(
        "uq_event_endpoint_url",
        "event_endpoint",
        ["workspace_id", "url"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def _deliveries() -> None:
    op.create_table(
        "outbound_delivery",
        *_of_a_workspace("outbound_delivery"),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbound_event.id"], name=op.f("fk_outbound_delivery_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["event_endpoint.id"], name=op.f("fk_outbound_delivery_endpoint_id")
        ),
        sa.UniqueConstraint(
            "endpoint_id", "event_id", name=op.f("uq_outbound_delivery_endpoint_id_event_id")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'given_up', 'left')",
            name=op.f("ck_outbound_delivery_state_known"),
        ),
    )
    for name, columns, where in (
        (op.f("ix_outbound_delivery_workspace_id"), ["workspace_id"], None),
        ("ix_outbound_delivery_line", ["endpoint_id", "subject", "event_id"], _WAITING),
        ("ix_outbound_delivery_due", ["endpoint_id", "due_at"], _WAITING),
        ("ix_outbound_delivery_given_up", ["endpoint_id"], sa.text("state = 'given_up'")),
        ("ix_outbound_delivery_event_id", ["event_id"], None),
    ):
        op.create_index(name, "outbound_delivery", columns, postgresql_where=where)


def _of_a_workspace(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id")
        ),
    ]


def downgrade() -> None:
    """Take it back."""
    op.drop_table("outbound_delivery")
    op.drop_table("event_endpoint")
    op.drop_index("ix_outbound_event_newest", table_name="outbound_event")
    op.drop_index("ix_outbound_event_new", table_name="outbound_event")
    op.drop_column("outbound_event", "addressed")
