"""Choose who is e-mailed; remember signing in and preferences; read the audit newest first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "mail_recipient",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "topic IN ('check', 'disconnect', 'expiry', 'alarm')",
            name=op.f("ck_mail_recipient_topic_known"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(user_id, address) = 1",
            name=op.f("ck_mail_recipient_person_or_address"),
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_mail_recipient_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_mail_recipient_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_mail_recipient_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_recipient")),
        sa.UniqueConstraint(
            "connection_id",
            "topic",
            "user_id",
            name=op.f("uq_mail_recipient_connection_id_topic_user_id"),
        ),
        sa.UniqueConstraint(
            "connection_id",
            "topic",
            "address",
            name=op.f("uq_mail_recipient_connection_id_topic_address"),
        ),
    )
    op.create_index(op.f("ix_mail_recipient_workspace_id"), "mail_recipient", ["workspace_id"])
    person = "user_account"
    op.add_column(person, sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        person, sa.Column("shortcuts", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column(person, sa.Column("theme", sa.Text(), server_default="system", nullable=False))
    op.create_check_constraint(
        op.f("ck_user_account_theme_known"), person, "theme IN ('system', 'light', 'dark')"
    )
    op.create_index("ix_audit_entry_newest", "audit_entry", ["workspace_id", "created_at", "id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_audit_entry_newest", "audit_entry")
    for column in ("theme", "shortcuts", "signed_in_at"):
        op.drop_column("user_account", column)
    op.drop_table("mail_recipient")
