"""Lay billing's documents of a kind beside the mirror of a ledger in one statement.

What is plainly alike comes back as sums per currency, the rest document by document: a hundred
thousand invoices that agree cost a handful of rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, or_, select

from app.domain.drift import Amounts, Ours, Pair, Theirs, Twin
from app.domain.states import DocumentKind, InvoiceStatus, SyncState
from app.extensions import db
from app.models import CreditNote, LedgerCreditRow
from app.usecases.reconciliation import books_side_by_side as statements


@dataclass(frozen=True, slots=True)
class Books:
    """Which books are compared, over which days.

    scanned_from: what the scan of the ledger saw carries at least this time.
    """

    workspace_id: int
    connection_id: int
    home_currency: str
    first: date
    last: date
    scanned_from: datetime
    document: DocumentKind = DocumentKind.INVOICE

    @property
    def values(self) -> dict[str, Any]:
        """Return the parameters of the statements."""
        return {
            "workspace": self.workspace_id,
            "connection": self.connection_id,
            "home": self.home_currency,
            "first": self.first,
            "last": self.last,
            "scanned_from": self.scanned_from,
        }


@dataclass(frozen=True, slots=True)
class Alike:
    """Documents of one currency that both sides have alike."""

    currency: str
    amounts: Amounts


def laid_side_by_side(books: Books, pulled_to: datetime | None) -> Iterator[Alike | Pair]:
    """Yield what agrees as sums and every other document by itself, from one snapshot.

    pulled_to: what changed in the ledger later than this is still on its way to billing.
    """
    values = books.values | {"pulled_to": pulled_to}
    statement = statements.laid(books.document)
    rows = db.session.execute(statement, values, execution_options={"yield_per": 1000}).mappings()
    for row in rows:
        yield _alike(row) if row["alike"] else _pair(row, books.document)


def unseen(books: Books, most: int) -> list[str]:
    """Return the ledger's ids of documents the scan should have met and did not."""
    return list(
        db.session.scalars(statements.unseen(books.document), books.values | {"most": most})
    )


def has_credit_notes(books: Books) -> bool:
    """Tell whether either side has a credit note: else reading them is a call for nothing."""
    ours = exists().where(CreditNote.connection_id == books.connection_id)
    theirs = exists().where(
        LedgerCreditRow.connection_id == books.connection_id, ~LedgerCreditRow.deleted
    )
    return bool(db.session.scalar(select(or_(ours, theirs))))


def _alike(row: Mapping[Any, Any]) -> Alike:
    return Alike(
        row["currency"],
        Amounts(row["count"], row["total"], row["tax_total"], row["balance"]),
    )


def _pair(row: Mapping[Any, Any], document: DocumentKind) -> Pair:
    ours = _ours(row) if row["invoice_id"] is not None else None
    theirs = _theirs(row) if row["ledger_id"] is not None else None
    return Pair(row["currency"], ours, theirs, document)


def _ours(row: Mapping[Any, Any]) -> Ours:
    return Ours(
        invoice_id=row["invoice_id"],
        number=row["number"],
        customer=row["customer"],
        status=InvoiceStatus(row["status"]),
        sync_state=SyncState(row["sync_state"]),
        amounts=Amounts(1, row["total"], row["tax_total"], row["balance"]),
        linked=row["linked"],
        pushed_at=row["pushed_at"],
        expected_number=row["expected_number"],
        taken_back=bool(row["taken_back"]),
        before_start=bool(row["before_start"]),
        booked_total=row["booked_total"],
        settled=row["settled"],
    )


def _theirs(row: Mapping[Any, Any]) -> Theirs:
    return Theirs(
        ledger_id=row["ledger_id"],
        number=row["their_number"],
        customer=row["their_customer"],
        amounts=Amounts(1, row["their_total"], row["their_tax_total"], row["their_balance"]),
        currency=row["their_currency"],
        issued_on=row["their_date"],
        there=bool(row["there"]),
        voided=row["voided"],
        deleted=row["deleted"],
        fresh=bool(row["fresh"]),
        marked=bool(row["marked"]),
        twin=_twin(row["twin"]),
        changed_at=row["changed_at"],
    )


def _twin(found: str | None) -> Twin | None:
    values = json.loads(found) if found else None
    return Twin(**values | {"total": Decimal(values["total"])}) if values else None
