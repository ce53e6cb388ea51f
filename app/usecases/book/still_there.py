"""Look whether what we know of, and did not see while catching up, is still in the ledger.

A change feed forgets deletions (QuickBooks: after 30 days, and where its answer is cut off), and
pages do not show them. So our linked documents, and the payments on our invoices, are asked for by
id: one call the ledger counts for 500 of them. What is not found is asked for once more, alone,
which it does not count; only then it is taken for deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from app.domain.payments import Outcome
from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers.book import deleted_invoice, deleted_payment
from app.ledgers.interface import Ledger, Page
from app.models import (
    DocumentLink,
    LedgerCreditRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    Reading,
    SettlementChange,
)
from app.usecases.book.bring_in import Pulled, bring_in
from app.usecases.book.mirror import Book
from app.usecases.book.reading import Progress, keep, progress_of
from app.usecases.company.open_ledger import with_ledger

# Documents asked for in one call.
_AT_ONCE = 500
# Deletions applied in one commit: each took a call to be sure of.
_GONE_AT_ONCE = 25

_LINKED: dict[BookKind, tuple[DocumentKind, type[LedgerInvoiceRow] | type[LedgerCreditRow]]] = {
    BookKind.INVOICE: (DocumentKind.INVOICE, LedgerInvoiceRow),
    BookKind.CREDIT_NOTE: (DocumentKind.CREDIT_NOTE, LedgerCreditRow),
}


def check_page(book: Book, step: Reading, pulled: Pulled) -> None:
    """Ask for the next five hundred that were not seen; commits. Raises LedgerError.

    What is found is applied and counts as seen, what is gone is marked: asked again after a kill,
    neither comes up a second time.
    """
    unseen = _unseen(book, step)
    db.session.commit()
    if not unseen:
        keep(book, step, Progress(step.mark, finished=True))
        db.session.commit()
        return
    ids = [ledger_id for _, ledger_id in unseen]
    page = with_ledger(book.connection_id, book.read_at, partial(_find, step, ids))
    bring_in(book, pulled, payments=page.payments, invoices=page.invoices)
    keep(book, step, progress_of(page, step.mark))
    db.session.commit()
    missing = [one for one in ids if one not in page.ids and one not in page.unreadable]
    for start in range(0, len(missing), _GONE_AT_ONCE):
        _mark_gone(book, step, pulled, missing[start : start + _GONE_AT_ONCE])
    keep(book, step, Progress(str(unseen[-1][0])))
    db.session.commit()


def _find(step: Reading, ids: Sequence[str], ledger: Ledger) -> Page:
    return ledger.find(BookKind(step.kind), ids)


def _mark_gone(book: Book, step: Reading, pulled: Pulled, missing: Iterable[str]) -> None:
    kind = BookKind(step.kind)

    def gone(ledger_id: str) -> bool:
        return with_ledger(
            book.connection_id, book.read_at, lambda ledger: ledger.is_gone(kind, ledger_id)
        )

    sure = [ledger_id for ledger_id in missing if gone(ledger_id)]
    if kind == BookKind.PAYMENT:
        bring_in(book, pulled, payments=[deleted_payment(one) for one in sure])
    else:
        credit = kind == BookKind.CREDIT_NOTE
        bring_in(book, pulled, invoices=[deleted_invoice(one, credit=credit) for one in sure])
    keep(book, step, Progress(step.mark, gone=len(sure)))
    db.session.commit()


def _unseen(book: Book, step: Reading) -> Sequence[tuple[int, str]]:
    kind = BookKind(step.kind)
    query = _payments(book, step) if kind == BookKind.PAYMENT else _documents(book, step, kind)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _documents(book: Book, step: Reading, kind: BookKind) -> Select[*tuple[Any, ...]]:
    """Select linked documents that were not read since the catch-up began.

    What was linked after that was written by us just now; what is voided settles nothing.
    """
    ours, there = _LINKED[kind]
    same = and_(
        there.connection_id == DocumentLink.connection_id,
        there.ledger_id == DocumentLink.ledger_id,
    )
    known: list[ColumnElement[bool]] = [
        there.id.is_(None),
        and_(there.read_at < step.started_at, ~there.deleted, ~there.voided),
    ]
    return (
        select(DocumentLink.id, DocumentLink.ledger_id)
        .outerjoin(there, same)
        .where(
            DocumentLink.connection_id == book.connection_id,
            DocumentLink.document_kind == ours,
            DocumentLink.id > int(step.mark or 0),
            func.coalesce(DocumentLink.pushed_at, step.started_at) <= step.started_at,
            or_(*known),
        )
        .order_by(DocumentLink.id)
        .limit(_AT_ONCE)
    )


def _payments(book: Book, step: Reading) -> Select[*tuple[Any, ...]]:
    """Select payments on invoices of ours that were not read since the catch-up began.

    Also on those that were ours: a company given up and taken up again catches up before its
    invoices are linked again.
    """
    part = LedgerSettlementRow
    linked = exists().where(
        DocumentLink.connection_id == book.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == part.invoice_ledger_id,
    )
    was_ours = exists().where(
        SettlementChange.connection_id == book.connection_id,
        SettlementChange.invoice_ledger_id == part.invoice_ledger_id,
        SettlementChange.payment_ledger_id == part.payment_ledger_id,
        SettlementChange.outcome.in_((Outcome.APPLIED, Outcome.UPDATED)),
    )
    on_ours = exists().where(
        part.connection_id == book.connection_id,
        part.payment_ledger_id == LedgerPaymentRow.ledger_id,
        or_(linked, was_ours),
    )
    return (
        select(LedgerPaymentRow.id, LedgerPaymentRow.ledger_id)
        .where(
            LedgerPaymentRow.connection_id == book.connection_id,
            LedgerPaymentRow.book == BookKind.PAYMENT,
            LedgerPaymentRow.id > int(step.mark or 0),
            LedgerPaymentRow.read_at < step.started_at,
            ~LedgerPaymentRow.deleted,
            ~LedgerPaymentRow.voided,
            on_ours,
        )
        .order_by(LedgerPaymentRow.id)
        .limit(_AT_ONCE)
    )
