"""Read a company's preferences and lists, so that pushing needs no reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app import queue
from app.extensions import db
from app.ledgers.interface import CatalogueEntry, Company, Ledger
from app.models import CatalogueRow, Connection
from app.usecases.open_ledger import with_ledger
from app.usecases.push.intent import release_blocked


def read_company(connection_id: int, now: datetime) -> None:
    """Refresh what we know of a connection's company and its items, tax codes, accounts, terms.

    Raises LedgerError; commits.
    """
    company, entries = with_ledger(connection_id, now, _both)
    connection = db.session.get_one(Connection, connection_id)
    apply_company(connection, company, now)
    _replace_catalogue(connection, entries)
    connection.catalogue_read_at = now
    # A period opened again, an item made active: whatever waited for that is looked at again.
    released = release_blocked(connection_id, now)
    db.session.commit()
    if released:
        queue.wake(connection_id)


def _both(ledger: Ledger) -> tuple[Company, Sequence[CatalogueEntry]]:
    return ledger.company(), ledger.catalogue()


def apply_company(connection: Connection, company: Company, now: datetime) -> None:
    """Write what the ledger said of itself onto the connection; the caller commits."""
    connection.company_name = company.name
    connection.country = company.country
    connection.home_currency = company.home_currency
    connection.tax_enabled = company.tax_enabled
    connection.multicurrency = company.multicurrency
    connection.books_closed_to = company.books_closed_to
    connection.own_numbers = company.own_numbers
    connection.preferences = {"problems": list(company.problems), **company.details}
    connection.company_read_at = now


def _replace_catalogue(connection: Connection, entries: Sequence[CatalogueEntry]) -> None:
    db.session.execute(delete(CatalogueRow).where(CatalogueRow.connection_id == connection.id))
    if not entries:
        return
    db.session.execute(
        insert(CatalogueRow),
        [
            {
                "workspace_id": connection.workspace_id,
                "connection_id": connection.id,
                "kind": entry.kind,
                "ledger_id": entry.ledger_id,
                "name": entry.name,
                "active": entry.active,
                "rate": entry.rate,
                "account": entry.account,
                "details": dict(entry.details),
            }
            for entry in entries
        ],
    )
