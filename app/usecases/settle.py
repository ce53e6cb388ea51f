"""Bring our documents into step with what the mirror says of them in their ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, case, or_, select

from app.domain.problem import Problem
from app.domain.settlement import (
    Booked,
    Standing,
    happened,
    happened_to_credit,
    outdated,
    standing,
)
from app.domain.states import DocumentKind, InvoiceStatus, SyncState
from app.domain.wording import day, format_money
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import (
    Connection,
    CreditApplication,
    CreditNote,
    DocumentLink,
    Invoice,
    LedgerCreditRow,
    LedgerInvoiceRow,
    SalesDocument,
)
from app.usecases.events.tell_billing import heard_otherwise, tell_billing
from app.usecases.push.on_there import show_lately_put_on

Row = LedgerInvoiceRow | LedgerCreditRow

# Documents locked at once; in the order of their ids, so that two settlers never block each other.
_AT_ONCE = 500


def settle_from_mirror(connection_id: int, document: SalesDocument) -> None:
    """Apply what the mirror already holds of a document that has just been linked.

    For the transaction that records the link: a payment notice may have been read before our own
    answer was stored. Call it after the invoice's sync state is set.
    """
    db.session.flush()
    if document.kind in _BOOKS:
        book = _BOOKS[DocumentKind(document.kind)]
        _settle(connection_id, book, SalesDocument.id == document.id)


def settle(
    connection_id: int,
    ledger_ids: Collection[str],
    kind: DocumentKind = DocumentKind.INVOICE,
) -> Counter[str]:
    """Bring our documents of a kind behind these of the ledger into step; the caller commits.

    Returns how many events of each type billing will hear. Doing it again changes nothing.
    """
    events: Counter[str] = Counter()
    ordered = sorted(ledger_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        events += _settle(
            connection_id,
            _BOOKS[kind],
            DocumentLink.ledger_id.in_(ordered[start : start + _AT_ONCE]),
        )
    return events


def settle_lately_linked(connection_id: int, since: datetime) -> Counter[str]:
    """Bring into step what was linked since a moment and does not agree with the mirror.

    A push and a pull of one document may each commit before seeing the other; the next pull heals
    that here. A credit note is put on an invoice without its own link becoming newer.
    """
    events: Counter[str] = Counter()
    put_on = (
        select(CreditApplication.credit_note_id)
        .join(DocumentLink, DocumentLink.document_id == CreditApplication.id)
        .where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == DocumentKind.CREDIT_APPLICATION,
            DocumentLink.pushed_at >= since,
        )
    )
    for book in _BOOKS.values():  # invoices first, as everybody locks them
        there = book.theirs
        apart = or_(
            there.version != DocumentLink.version,
            case((there.voided, 0), else_=there.total - there.balance) != DocumentLink.settled,
            there.deleted,
        )
        lately = and_(DocumentLink.pushed_at >= since, apart)
        if book.kind == DocumentKind.CREDIT_NOTE:
            show_lately_put_on(connection_id, since)
            lately = or_(lately, CreditNote.id.in_(put_on))
        events += _settle(connection_id, book, lately)
    return events


@dataclass(frozen=True, slots=True)
class _Book:
    """One kind of document as we and as the ledger have it."""

    kind: DocumentKind
    ours: type[SalesDocument]
    theirs: type[LedgerInvoiceRow] | type[LedgerCreditRow]


_BOOKS = {
    DocumentKind.INVOICE: _Book(DocumentKind.INVOICE, Invoice, LedgerInvoiceRow),
    DocumentKind.CREDIT_NOTE: _Book(DocumentKind.CREDIT_NOTE, CreditNote, LedgerCreditRow),
}


def _settle(connection_id: int, book: _Book, *which: ColumnElement[bool]) -> Counter[str]:
    """Settle the documents that match; their rows are locked until the caller commits."""
    events: Counter[str] = Counter()
    ours, theirs = book.ours, book.theirs
    rows = db.session.execute(
        select(ours, DocumentLink, theirs)
        .join(
            DocumentLink,
            (DocumentLink.document_id == ours.id) & (DocumentLink.document_kind == book.kind),
        )
        .join(
            theirs,
            (theirs.connection_id == DocumentLink.connection_id)
            & (theirs.ledger_id == DocumentLink.ledger_id),
        )
        .where(DocumentLink.connection_id == connection_id, *which)
        .order_by(ours.id)
        .with_for_update(of=(ours, DocumentLink))
        .execution_options(populate_existing=True)
    ).all()
    for invoice, link, row in cast(Sequence[tuple[SalesDocument, DocumentLink, Row]], rows):
        # A deletion comes without a version, and nothing comes after it.
        if row.deleted or not outdated(row.version, link.version):
            events.update(_settle_one(invoice, link, row))
    return events


def _settle_one(invoice: SalesDocument, link: DocumentLink, row: Row) -> tuple[str, ...]:
    booked = Booked(
        row.total,
        row.balance,
        voided=row.voided,
        deleted=row.deleted,
        same_tax=row.tax_total == invoice.tax_total,
    )
    before = Standing(InvoiceStatus(invoice.status), invoice.balance, SyncState(invoice.sync_state))
    after = standing(invoice.total, before, booked)
    invoice.status, invoice.balance = after.status, after.balance
    if after.sync_state != before.sync_state:
        invoice.sync_state = after.sync_state
        invoice.problem = _problem(invoice, link, row)
    if isinstance(invoice, CreditNote):
        untrue = heard_otherwise(invoice, used=booked.paid, heard=link.settled)
        events = happened_to_credit(
            link.settled, before, booked, after, untrue=untrue, total_before=link.ledger_total
        )
    else:
        events = happened(link.settled, before, booked, after, total_before=link.ledger_total)
    _remember(link, row, booked)
    for event in events:
        tell_billing(invoice, event, link, deleted=row.deleted)
    return events


def _remember(link: DocumentLink, row: Row, booked: Booked) -> None:
    """Keep the newest version token and what the ledger booked; a deleted one has neither."""
    link.settled = booked.paid
    if booked.deleted:
        return
    link.version = row.version or link.version
    link.ledger_total, link.ledger_tax_total = row.total, row.tax_total


def _problem(invoice: SalesDocument, link: DocumentLink, row: Row) -> dict[str, Any] | None:
    """Say in words what somebody did to the document in the ledger."""
    connection = db.session.get_one(Connection, link.connection_id)
    ledger = LEDGERS[connection.provider].provider.name
    on = f" on {day(row.updated_there_at.date())}" if row.updated_there_at else ""
    ours = format_money(invoice.total, invoice.currency)
    match SyncState(invoice.sync_state):
        case SyncState.DELETED_THERE:
            title = f"{invoice.number} was deleted in {ledger}{on}."
            means = f"Billing still shows {ours}; the books do not."
        case SyncState.VOIDED if invoice.status != InvoiceStatus.VOID:
            title = f"{invoice.number} was voided in {ledger}{on}."
            means = f"Billing still shows {ours}; the books show nothing owed."
        case SyncState.DIFFERS:
            asked = "credited" if isinstance(invoice, CreditNote) else "asked to pay"
            what, means = "", f"What the customer was {asked} and what the books say differ."
            theirs = format_money(row.total, invoice.currency)
            if row.total == invoice.total:
                what = f" with {format_money(row.tax_total, invoice.currency)} of tax"
                ours = f"{ours} with {format_money(invoice.tax_total, invoice.currency)}"
                means = "The customer owes the same; the tax in it, and so the return, differs."
            title = f"{ledger} has {invoice.number} at {theirs}{what}, billing at {ours}."
        case _:
            return None
    do = f"Put it back in {ledger}, or correct it in billing; or leave it as it is."
    if invoice.sync_state != SyncState.DIFFERS:
        what = "credit note" if isinstance(invoice, CreditNote) else "invoice"
        do = f"Void it in billing too, or make a new {what}; or leave it as it is."
    return Problem(invoice.sync_state, title, means, do).as_json()
