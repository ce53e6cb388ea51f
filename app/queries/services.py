"""Ask whether what we stand on is there: database, migrations, Redis. None means yes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import redis
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db, redis_client


def database_problem() -> str | None:
    """Return a sentence when PostgreSQL does not answer."""
    try:
        db.session.execute(select(1))
    except SQLAlchemyError as error:
        db.session.rollback()
        return f"PostgreSQL does not answer ({type(error).__name__}). Check DATABASE_URL."
    return None


def migrations_problem() -> str | None:
    """Return a sentence when the tables are not those this release needs."""
    try:
        with db.engine.connect() as connection:
            present = set(MigrationContext.configure(connection).get_current_heads())
        needed = newest(Path(current_app.root_path).parent / "migrations")
    except CommandError as error:
        return f"The migrations of this release cannot be read: {error}"
    except SQLAlchemyError:
        return "The migrations cannot be looked at while PostgreSQL does not answer."
    if present == needed:
        return None
    return "The tables are not those of this release. Run: flask --app wsgi db upgrade"


@cache
def newest(folder: Path) -> frozenset[str]:
    """Return the newest migrations of a folder; they do not change while a process lives."""
    return frozenset(ScriptDirectory(str(folder)).get_heads())


def redis_problem() -> str | None:
    """Return a sentence when Redis does not answer."""
    try:
        redis_client().ping()
    except redis.RedisError as error:
        return f"Redis does not answer ({type(error).__name__}). Check REDIS_URL."
    return None
