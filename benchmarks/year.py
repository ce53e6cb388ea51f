"""A realistic year of several workspaces, written into a database by itself in a few minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection as DbConnection
from sqlalchemy import text

from app.extensions import db
from app.models import Connection
from app.usecases import accounts

PASSWORD = "correct horse battery staple"  # noqa: S105  # of a database that is thrown away
_YEAR = Path(__file__).with_name("year.sql")


@dataclass(frozen=True, slots=True)
class Firm:
    """A workspace with a year behind it; every: how many of the last month's invoices are stuck."""

    slug: str
    size: int
    customers: int
    every: int
    workspace_id: int = 0
    connection_id: int = 0

    @property
    def email(self) -> str:
        """Return who signs in."""
        return f"priya@{self.slug}.example"


def fill(firms: Sequence[Firm]) -> list[Firm]:
    """Make workspaces with their people and write a year of each; commits, then ANALYZEs."""
    made = [_made(firm, number) for number, firm in enumerate(firms, 1)]
    db.session.remove()  # it has read: no index could be left out
    with db.engine.connect() as line:
        line.execute(text("SET session_replication_role = replica"))  # no check of each reference
        line.execute(text("SET maintenance_work_mem = '256MB'"))
        line.execute(text("SET synchronous_commit = off"))
        _name(line, made)
        with _without_indexes(line):
            for statement in _YEAR.read_text().split(";\n"):
                if statement.strip():
                    line.exec_driver_sql(statement, execution_options={"no_parameters": True})
        _go_on_counting(line)
        line.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        line.execute(text("VACUUM (ANALYZE)"))
        line.execute(text("CHECKPOINT"))
    return made


def _made(firm: Firm, number: int) -> Firm:
    workspace = accounts.create_workspace(firm.slug.title(), firm.slug, "GB", "GBP")
    accounts.create_user(workspace.id, firm.email, "finance", PASSWORD, name="Priya Nair")
    now = datetime.now(UTC)
    connection = Connection(
        workspace_id=workspace.id,
        provider="quickbooks",
        environment="sandbox",
        company_id=f"913035776690{number:04}",
        company_name=f"{firm.slug.title()} Ltd",
        country="GB",
        home_currency="GBP",
        company_read_at=now,
        catalogue_read_at=now,
        pulled_at=now,
    )
    db.session.add(connection)
    db.session.commit()
    return Firm(firm.slug, firm.size, firm.customers, firm.every, workspace.id, connection.id)


def _name(line: DbConnection, firms: Sequence[Firm]) -> None:
    ended = datetime.now(UTC) - timedelta(minutes=2)
    line.execute(
        text(
            "CREATE TEMP TABLE firm (o bigint, workspace_id bigint, connection_id bigint,"
            " size bigint, customers bigint, every bigint, began timestamptz, ended timestamptz)"
        )
    )
    for place, firm in enumerate(firms, 1):
        line.execute(
            text("INSERT INTO firm VALUES (:o, :w, :c, :size, :customers, :every, :began, :ended)"),
            {
                "o": place, "w": firm.workspace_id, "c": firm.connection_id, "size": firm.size,
                "customers": firm.customers, "every": firm.every,
                "began": ended - timedelta(days=365), "ended": ended,
            },
        )  # fmt: skip


@contextmanager
def _without_indexes(line: DbConnection) -> Iterator[None]:
    """Leave every index out that no constraint needs, and make them again at once: far quicker."""
    found = line.execute(
        text(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
            " WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)"
        )
    ).all()
    for name, _ in found:
        line.exec_driver_sql(f'DROP INDEX "{name}"')
    yield
    for _, definition in found:
        line.exec_driver_sql(definition)


def _go_on_counting(line: DbConnection) -> None:
    """Let every table's own numbers go on behind those written here."""
    tables = line.execute(
        text(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name = 'id' AND is_identity = 'YES'"
        )
    ).scalars()
    for table in tables.all():
        line.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608  # ours
            f" (SELECT coalesce(max(id), 1) FROM {table}))"
        )
