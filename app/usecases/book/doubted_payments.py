"""Read again at once the payments that an invoice's own balance shows to be gone.

A change feed cut off tells no deletions, and the look for them waits. But what is owed again on an
invoice says that some of what is known to pay it does not: only those payments are asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import exists, select

from app.domain.reading import BookKind
from app.domain.settlement import Booked
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers.book import deleted_payment
from app.ledgers.interface import Ledger, LedgerInvoice, LedgerPayment, Page
from app.models import OF_PAYMENT, DocumentLink, LedgerPaymentRow, LedgerSettlementRow
from app.usecases.book.mirror import Book
from app.usecases.company.open_ledger import with_ledger

# Asked for in one call the ledger counts; were there more, the look for deletions finds the rest.
_AT_ONCE = 500


def read_doubted(
    book: Book, invoices: Sequence[LedgerInvoice], since: datetime
) -> tuple[LedgerPayment, ...]:
    """Read those payments of our invoices by which these would be paid more than they are.

    since: payments read after that are as they are. Before anything is written. Raises LedgerError.
    """
    paid = {
        one.ledger_id: Booked(one.total, one.balance, one.voided, one.deleted).paid
        for one in invoices
        if not one.credit
    }
    ids = _doubted(book, paid, since)[:_AT_ONCE]
    if not ids:
        return ()
    found = with_ledger(book.connection_id, book.read_at, partial(_find, ids))
    missing = [one for one in ids if one not in found.ids and one not in found.unreadable]
    gone = tuple(deleted_payment(one) for one in missing if _is_gone(book, one))
    return (*found.payments, *gone)


def _doubted(book: Book, paid: dict[str, Decimal], since: datetime) -> list[str]:
    part = LedgerSettlementRow
    ours = exists().where(
        DocumentLink.connection_id == book.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == part.invoice_ledger_id,
    )
    rows = db.session.execute(
        select(
            part.invoice_ledger_id, part.payment_ledger_id, part.amount, LedgerPaymentRow.read_at
        )
        .join(LedgerPaymentRow, OF_PAYMENT)
        .where(part.connection_id == book.connection_id, part.invoice_ledger_id.in_(paid), ours)
    ).all()
    db.session.commit()
    known: dict[str, Decimal] = defaultdict(Decimal)
    for invoice, _, amount, _ in rows:
        known[invoice] += amount
    return sorted(
        {
            payment
            for invoice, payment, _, read_at in rows
            if known[invoice] > paid[invoice] and read_at < since
        }
    )


def _find(ids: Sequence[str], ledger: Ledger) -> Page:
    return ledger.find(BookKind.PAYMENT, ids)


def _is_gone(book: Book, ledger_id: str) -> bool:
    """Ask once more, alone: a page that was cut short must not delete a payment."""
    return with_ledger(
        book.connection_id,
        book.read_at,
        lambda ledger: ledger.is_gone(BookKind.PAYMENT, ledger_id),
    )
