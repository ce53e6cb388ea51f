"""Keep what billing says of classes, departments, terms and rates, and what long numbers become."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CODES = ("sales_class", "department", "payment_terms")
KINDS = {
    "mapping": (("service", "tax_code"), ("class", "department", "payment_terms")),
    "catalogue_entry": (("item", "tax_code", "account", "term"), ("class", "department")),
}


def upgrade() -> None:
    """Make the change."""
    for table in CODES:
        _codes(table)
    for table, (before, more) in KINDS.items():
        _known(table, (*before, *more))
    op.add_column("invoice", sa.Column("department_code", sa.Text(), nullable=True))
    op.add_column("invoice", sa.Column("terms_code", sa.Text(), nullable=True))
    op.add_column("invoice", sa.Column("exchange_rate", sa.Numeric(), nullable=True))
    op.add_column("invoice_line", sa.Column("class_code", sa.Text(), nullable=True))
    op.add_column("push", sa.Column("number", sa.Text(), nullable=True))
    op.add_column(
        "connection", sa.Column("long_numbers", sa.Text(), server_default="refuse", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_connection_long_numbers_known"),
        "connection",
        "long_numbers IN ('refuse', 'shorten')",
    )


def downgrade() -> None:
    """Take it back; what was mapped or read of the new kinds goes with it."""
    op.drop_column("connection", "long_numbers")
    op.drop_column("push", "number")
    op.drop_column("invoice_line", "class_code")
    for column in ("exchange_rate", "terms_code", "department_code"):
        op.drop_column("invoice", column)
    for table, (before, more) in KINDS.items():
        words = ", ".join(f"'{word}'" for word in more)
        op.execute(f"DELETE FROM {table} WHERE kind IN ({words})")  # noqa: S608  # words of ours
        _known(table, before)
    for table in reversed(CODES):
        op.drop_table(table)


def _codes(table: str) -> None:
    op.create_table(
        table,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("workspace_id", "code", name=op.f(f"uq_{table}_workspace_id_code")),
    )
    op.create_index(op.f(f"ix_{table}_workspace_id"), table, ["workspace_id"], unique=False)


def _known(table: str, words: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_kind_known")
    op.drop_constraint(name, table)
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(name, table, f"kind IN ({listed})")
