"""Read one of QuickBooks' lists for somebody who asks for it now: a query, as short as it may be.

QuickBooks: Data queries. Every query is metered; at most a thousand rows come back from one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.ledgers.interface import LiveList, LiveRow
from app.ledgers.quickbooks import catalogue, queries, reader
from app.ledgers.quickbooks.client import Client

# The entity of each list, and what it can be ordered by. QuickBooks: the entities' references.
_ENTITY = {
    LiveList.CUSTOMERS: ("Customer", "DisplayName"),
    LiveList.INVOICES: ("Invoice", "TxnDate DESC"),
    LiveList.ITEMS: ("Item", "Name"),
    LiveList.ACCOUNTS: ("Account", "Name"),
    LiveList.TAX_CODES: ("TaxCode", "Name"),
}
_READERS: Mapping[LiveList, Callable[[Mapping[str, Any]], LiveRow]] = {
    LiveList.CUSTOMERS: reader.customer_of,
    LiveList.INVOICES: reader.invoice_of,
    LiveList.ITEMS: catalogue.item_of,
    LiveList.ACCOUNTS: catalogue.account_of,
}


def read(client: Client, what: LiveList, most: int) -> Sequence[LiveRow]:
    """Read a list: one metered call, two for tax codes, whose rates are kept apart."""
    if what == LiveList.TAX_CODES:
        rates = catalogue.read_rates(client)
        return [
            catalogue.tax_code_of(document, rates)
            for document in _documents(client, what, most)
            if document.get("Id") not in catalogue.NEVER_WRITTEN
        ]
    return [_READERS[what](document) for document in _documents(client, what, most)]


def _documents(client: Client, what: LiveList, most: int) -> Sequence[Mapping[str, Any]]:
    entity, order = _ENTITY[what]
    # Without it, lists of names leave out whoever is inactive.
    conditions = () if what == LiveList.INVOICES else (queries.ANY_ACTIVE,)
    statement = queries.select(entity, *conditions, order=order, rows=min(most, queries.PAGE))
    return reader.documents(client.ask(f"{entity.lower()} live read", statement), entity)
