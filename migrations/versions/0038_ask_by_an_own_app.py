"""Let a workspace bring its own application, and address what is about all of it.

Permissions of before were given to the shared application: own_app_id stays empty. The previous
release writes none and renews by the shared one, so nobody may bring an application before all
processes are of this release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_HOLDERS = ("oauth_grant", "revocation")


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "own_app",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("secret_set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret_set_by", sa.Text(), nullable=False),
        sa.Column("verifier_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("verifier_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verifier_set_by", sa.Text(), nullable=True),
        sa.Column("verifier_before_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_own_app_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_app")),
        sa.UniqueConstraint(
            "workspace_id",
            "provider",
            "client_id",
            name=op.f("uq_own_app_workspace_id_provider_client_id"),
        ),
        sa.UniqueConstraint("id", "workspace_id", name=op.f("uq_own_app_id_workspace_id")),
    )
    op.create_index(op.f("ix_own_app_workspace_id"), "own_app", ["workspace_id"])
    op.create_index(
        "uq_own_app_in_use",
        "own_app",
        ["workspace_id", "provider"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    for table in _HOLDERS:
        op.add_column(table, sa.Column("own_app_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_own_app_id_workspace_id"),
            table,
            "own_app",
            ["own_app_id", "workspace_id"],
            ["id", "workspace_id"],
        )
    op.alter_column("mail_recipient", "connection_id", nullable=True)
    op.create_index(
        "uq_mail_recipient_of_all",
        "mail_recipient",
        ["workspace_id", "topic", "user_id", "address"],
        unique=True,
        postgresql_where=sa.text("connection_id IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    """Take it back; permissions given to an own application are renewed by nobody then."""
    op.drop_index("uq_mail_recipient_of_all", "mail_recipient")
    op.execute("DELETE FROM mail_recipient WHERE connection_id IS NULL")
    op.alter_column("mail_recipient", "connection_id", nullable=False)
    for table in _HOLDERS:
        op.drop_constraint(op.f(f"fk_{table}_own_app_id_workspace_id"), table)
        op.drop_column(table, "own_app_id")
    op.drop_table("own_app")
