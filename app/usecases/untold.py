"""Read the invoices that a payment takes up or lets go without the change feed saying so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial

from sqlalchemy import select

from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers.interface import Changes, Ledger, LedgerInvoice, LedgerPayment, Page
from app.models import DocumentLink, LedgerSettlementRow
from app.usecases.mirror import Book
from app.usecases.open_ledger import with_ledger

# Invoices asked for in one call.
_FIND_AT_ONCE = 500
# Payment, invoice and how much of the one settles the other.
Part = tuple[str, str, Decimal]


def read_untold(book: Book, changes: Changes) -> tuple[LedgerInvoice, ...]:
    """Read those of our invoices that a payment takes up or lets go and the feed does not list.

    Before anything is written: whoever is killed here finds the same again. Raises LedgerError.
    """
    if BookKind.INVOICE in changes.unread:  # their pages and the check come
        return ()
    listed = {invoice.ledger_id for invoice in changes.invoices}
    ids = [payment.ledger_id for payment in changes.payments]
    touched = {part[1] for part in _settled_by(book, ids) ^ set(_parts(changes.payments))}
    ours = db.session.scalars(
        select(DocumentLink.ledger_id)
        .where(
            DocumentLink.connection_id == book.connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.ledger_id.in_(touched - listed),
        )
        .order_by(DocumentLink.ledger_id)
    ).all()
    db.session.commit()
    found: tuple[LedgerInvoice, ...] = ()
    for start in range(0, len(ours), _FIND_AT_ONCE):
        lot = ours[start : start + _FIND_AT_ONCE]
        found += with_ledger(book.connection_id, book.read_at, partial(_find, lot)).invoices
    return found


def _find(ids: Sequence[str], ledger: Ledger) -> Page:
    return ledger.find(BookKind.INVOICE, ids)


def _parts(payments: Iterable[LedgerPayment]) -> Iterator[Part]:
    """Yield what will stand in the mirror once these payments are applied."""
    for payment in payments:
        if payment.voided or payment.deleted:
            continue
        sums: dict[str, Decimal] = {}
        for part in payment.settlements:
            sums[part.invoice_ledger_id] = (
                sums.get(part.invoice_ledger_id, Decimal(0)) + part.amount
            )
        for invoice_id, amount in sums.items():
            yield payment.ledger_id, invoice_id, amount


def _settled_by(book: Book, payment_ids: Sequence[str]) -> set[Part]:
    parts = db.session.execute(
        select(
            LedgerSettlementRow.payment_ledger_id,
            LedgerSettlementRow.invoice_ledger_id,
            LedgerSettlementRow.amount,
        ).where(
            LedgerSettlementRow.connection_id == book.connection_id,
            LedgerSettlementRow.payment_ledger_id.in_(payment_ids),
        )
    )
    return {(part[0], part[1], part[2]) for part in parts}
