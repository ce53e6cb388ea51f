"""Read a company's preferences and lists, so that pushing needs no reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update

from app import queue
from app.extensions import db
from app.ledgers.interface import CatalogueEntry, Company, Ledger
from app.models import CatalogueRow, Connection, Mapping
from app.usecases.company.catalogue import put_on_list
from app.usecases.company.exclusive import in_turn
from app.usecases.company.open_ledger import with_ledger
from app.usecases.push.intent import release_blocked


def read_company(connection_id: int, now: datetime) -> None:
    """Refresh what we know of a connection's company and its items, tax codes, accounts, terms.

    Raises LedgerError; commits.
    """
    company, entries = with_ledger(connection_id, now, _both)
    connection = db.session.get_one(Connection, connection_id)
    apply_company(connection, company, now)
    keep_lists(connection_id, entries, now)


def keep_lists(connection_id: int, entries: Sequence[CatalogueEntry], began: datetime) -> None:
    """Replace what we know of a ledger's lists by what was read, and look at what waits; commits.

    began: when the reading began; what we created there since is not in it, and stays.
    """
    connection = db.session.get_one(Connection, connection_id)
    in_turn("map", connection_id)
    _replace_catalogue(connection, entries, began)
    _take_new_names(connection_id)
    connection.catalogue_read_at = began
    # A period opened again, an item made active: whatever waited for that is looked at again.
    released = release_blocked(connection_id, began)
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


def _replace_catalogue(
    connection: Connection, entries: Sequence[CatalogueEntry], began: datetime
) -> None:
    db.session.execute(
        delete(CatalogueRow).where(
            CatalogueRow.connection_id == connection.id, CatalogueRow.created_at < began
        )
    )
    if entries:
        put_on_list(connection, entries)


def _take_new_names(connection_id: int) -> None:
    """Show what is mapped under the name it has now; what is inactive keeps the one it had."""
    db.session.execute(
        update(Mapping)
        .where(
            Mapping.connection_id == connection_id,
            Mapping.leads_to(CatalogueRow),
            CatalogueRow.active,
            CatalogueRow.name != Mapping.ledger_name,
        )
        .values(ledger_name=CatalogueRow.name)
        .execution_options(synchronize_session=False)
    )
