"""Read the invoices that a payment takes up or lets go without the change feed saying so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import select

from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers.interface import Changes, Ledger, LedgerInvoice, Page
from app.models import DocumentLink
from app.usecases.book.mirror import Book, newest
from app.usecases.book.mirror_payments import changed, settled_by, settles
from app.usecases.company.open_ledger import with_ledger

# Invoices asked for in one call.
_FIND_AT_ONCE = 500


def read_untold(book: Book, changes: Changes) -> tuple[LedgerInvoice, ...]:
    """Read those of our invoices that a payment takes up or lets go and the feed does not list.

    Before anything is written: whoever is killed here finds the same again. Raises LedgerError.
    """
    if BookKind.INVOICE in changes.unread:  # their pages and the check come
        return ()
    listed = {invoice.ledger_id for invoice in changes.invoices}
    payments = newest(one for one in changes.payments if one.book == BookKind.PAYMENT)
    before = settled_by(book, [payment.ledger_id for payment in payments])
    touched = {invoice for _, invoice in changed(before, settles(payments))}
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
