"""Take in what came back of payments, and name what became of each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from sqlalchemy import insert, select

from app.domain.payments import KEPT, Cause, Change, Outcome, PaymentKind, changes
from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers.interface import LedgerPayment
from app.models import DocumentLink, SettlementChange
from app.usecases.book.mirror import Book, newest
from app.usecases.book.mirror_payments import Kept, Known, keep_payments

log = structlog.get_logger()


def take_payments(
    book: Book, payments: Sequence[LedgerPayment], outcomes: Counter[str]
) -> set[str]:
    """Store payments and what changed by them; returns the invoices of those that changed.

    Also where only the credits in such a payment are others. outcomes: counted up, each payment ×
    invoice once. The caller commits; taking in the same again changes nothing.
    """
    touched: set[str] = set()
    for kind in (BookKind.PAYMENT, BookKind.REFUND):
        given = [payment for payment in payments if payment.book == kind]
        kept = keep_payments(book, given, kind)
        found = list(changes(kept.before, kept.after, _ours(book, kept)))
        _keep_history(book, found, kept)
        outcomes.update(one.outcome.value for one in found)
        outcomes.update(_of_no_invoice(given, kept))
        touched |= {one.part[1] for one in found if one.part[0] in kept.new}
    return touched


def _ours(book: Book, kept: Kept) -> set[str]:
    """Return those of the invoices that billing knows."""
    named = {invoice for _, invoice in kept.after}
    found = db.session.scalars(
        select(DocumentLink.ledger_id).where(
            DocumentLink.connection_id == book.connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.ledger_id.in_(named),
        )
    )
    return set(found)


def _of_no_invoice(given: Sequence[LedgerPayment], kept: Kept) -> Iterator[str]:
    """Name what became of payments that are on no invoice, or not with all their money."""
    on_invoices = {payment for payment, _ in {*kept.before, *kept.after}}
    for payment in newest(given):
        outcome = _as_a_whole(payment, kept)
        if outcome == Outcome.UNAPPLIED or (outcome and payment.ledger_id not in on_invoices):
            yield outcome.value


def _as_a_whole(payment: LedgerPayment, kept: Kept) -> Outcome | None:
    gone = payment.deleted or payment.voided
    never_seen = payment.ledger_id not in kept.known
    if payment.ledger_id not in kept.new or (gone and never_seen):
        return Outcome.REPLAYED
    if gone:
        return Outcome.REVERSED
    if payment.kind == PaymentKind.REFUND:
        return Outcome.REFUNDED
    return Outcome.UNAPPLIED if payment.unapplied else None


def _keep_history(book: Book, found: Sequence[Change], kept: Kept) -> None:
    payments = {payment.ledger_id: payment for payment in kept.payments}
    rows = [
        _row(book, one, payments[one.part[0]], kept.known.get(one.part[0]))
        for one in found
        if one.outcome in KEPT
    ]
    for row in rows:
        log.info("payment.taken", **{name: row[name] for name in _LOGGED})
    if rows:
        db.session.execute(insert(SettlementChange), rows)


_LOGGED = ("connection_id", "outcome", "payment_ledger_id", "invoice_ledger_id", "before", "after")


def _row(book: Book, change: Change, payment: LedgerPayment, known: Known | None) -> dict[str, Any]:
    """Say what became of a part; what was taken back is described as it was."""
    reversed_ = change.outcome == Outcome.REVERSED
    told = known if reversed_ and known else payment
    return {
        "workspace_id": book.workspace_id,
        "connection_id": book.connection_id,
        "payment_ledger_id": change.part[0],
        "invoice_ledger_id": change.part[1],
        "outcome": change.outcome,
        "before": change.before,
        "after": change.after,
        "cause": _cause(payment) if reversed_ else None,
        "kind": told.kind,
        "received_on": told.received_on,
        "reference": told.reference,
        "changed_there_at": payment.updated_at,
    }


def _cause(payment: LedgerPayment) -> Cause:
    if payment.deleted:
        return Cause.DELETED
    return Cause.VOIDED if payment.voided else Cause.EDITED
