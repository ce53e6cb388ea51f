"""The part of the door Ledger through which a company's book is read in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from app.domain.crediting import Application
from app.domain.reading import BookKind
from app.ledgers.interface import Changes, LedgerInvoice, Page, Portion
from app.ledgers.quickbooks import changes, portions
from app.ledgers.quickbooks.client import Client


class BookReader:
    """Read many documents of one company."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def applications(self, customer_ledger_id: str) -> Sequence[Application]:
        """Read the customer's payments that use credit memos: a metered call a thousand."""
        return changes.read_applications(self._client, customer_ledger_id)

    def changes(self, since: datetime, now: datetime) -> Changes:
        """Read what changed since a moment: one metered call, mostly."""
        return changes.read_changes(self._client, since, now)

    def read_page(self, wanted: Portion, mark: str | None) -> Page:
        """Read one page of up to 500: one metered call."""
        return portions.read_page(self._client, wanted, mark)

    def find(self, kind: BookKind, ledger_ids: Sequence[str]) -> Page:
        """Read those of some documents that are there: one metered call."""
        return portions.find(self._client, kind, ledger_ids)

    def is_gone(self, kind: BookKind, ledger_id: str) -> bool:
        """Ask for one document; metered only where it is there after all."""
        return portions.is_gone(self._client, kind, ledger_id)

    def documents_dated(
        self, kind: BookKind, first: date, last: date
    ) -> Iterator[Sequence[LedgerInvoice]]:
        """Page through the invoices or credit memos of a window, a metered call a thousand."""
        return changes.read_dated(self._client, kind, first, last)
