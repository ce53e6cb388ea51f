"""Run migrations against the application's own engine."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

database = current_app.extensions["migrate"].db

# A migration that cannot get its lock fails at once instead of queueing everybody behind it.
LOCK_TIMEOUT = "5s"


def run() -> None:
    """Migrate inside one transaction a revision."""
    with database.engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a live database: set DATABASE_URL.")
run()
