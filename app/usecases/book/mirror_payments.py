"""Keep the ledger's payments beside ours, each with all it settles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select

from app.domain.payments import Part
from app.domain.reading import BookKind
from app.extensions import db
from app.ledgers.book import deleted_payment
from app.ledgers.interface import LedgerPayment
from app.models import LedgerPaymentRow, LedgerSettlementRow
from app.usecases.book.mirror import Book, bury, chunks, grave, newest, upsert

Parts = dict[Part, Decimal]
_NO_MONEY = {"amount": 0, "unapplied": 0}


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a payment; of a deleted one the ledger tells nothing any more."""

    version: str | None  # None: deleted
    kind: str
    received_on: date | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored of one book: the payments, and what they settled before and settle now.

    known: by id, as they were before. new: those that were not known, or not in this version.
    """

    payments: tuple[LedgerPayment, ...]
    known: Mapping[str, Known]
    new: frozenset[str]
    before: Parts
    after: Parts


def keep_payments(book: Book, payments: Iterable[LedgerPayment], kind: BookKind) -> Kept:
    """Store payments of one kind as read, each with all it settles: parts left out are un-applied.

    Their rows are locked until the caller commits, so that two pulls never both find a part new.
    """
    given = newest(payments)
    known = _known(book, kind, [payment.ledger_id for payment in given])
    gone = _not_paid_out(book, given, known)
    known |= _known(book, kind, [payment.ledger_id for payment in gone])
    given += gone
    ids = upsert(LedgerPaymentRow, [_row(book, p) for p in given if not p.deleted])
    ids |= bury(LedgerPaymentRow, [_grave(book, p) for p in given if p.deleted])
    kept = tuple(payment for payment in given if payment.ledger_id in ids)
    before = settled_by(book, ids) if kind == BookKind.PAYMENT else {}
    after = settles(kept)
    _replace(book, before, after)
    new = frozenset(payment.ledger_id for payment in kept if _is_new(payment, known))
    return Kept(kept, known, new, before, after)


def _not_paid_out(
    book: Book, given: list[LedgerPayment], known: Mapping[str, Known]
) -> list[LedgerPayment]:
    """Return what was given back out of these payments once and is not any more, as deleted."""
    named = {payment.ledger_id: payment for payment in given}
    before = [ledger_id for ledger_id in named if ledger_id in known]
    if not before:
        return []
    row = LedgerPaymentRow
    rows = db.session.execute(
        select(row.ledger_id, row.paid_out_of).where(
            row.connection_id == book.connection_id,
            row.paid_out_of.in_(before),
            row.ledger_id.not_in(list(named)),
            ~row.deleted,
        )
    )
    return [
        replace(deleted_payment(ledger_id), updated_at=named[of].updated_at)
        for ledger_id, of in rows
        if of
    ]


def _known(book: Book, kind: BookKind, payment_ids: list[str]) -> dict[str, Known]:
    row = LedgerPaymentRow
    rows = db.session.execute(
        select(
            row.ledger_id, row.deleted, row.version, row.kind, row.received_on, row.reference
        ).where(
            row.connection_id == book.connection_id,
            row.book == kind,
            row.ledger_id.in_(payment_ids),
        )
    )
    return {
        ledger_id: Known(None if deleted else version, kind, received_on, reference)
        for ledger_id, deleted, version, kind, received_on, reference in rows
    }


def _is_new(payment: LedgerPayment, known: Mapping[str, Known]) -> bool:
    before = known.get(payment.ledger_id)
    return before is None or before.version != (None if payment.deleted else payment.version)


def settled_by(book: Book, payment_ids: Collection[str]) -> Parts:
    """Return what payments settle, as the mirror has it."""
    row = LedgerSettlementRow
    found: Parts = {}
    for some in chunks(sorted(payment_ids)):
        parts = db.session.execute(
            select(row.payment_ledger_id, row.invoice_ledger_id, row.amount).where(
                row.connection_id == book.connection_id, row.payment_ledger_id.in_(some)
            )
        )
        found |= {(part[0], part[1]): part[2] for part in parts}
    return found


def changed(before: Parts, after: Parts) -> set[Part]:
    """Return the parts that are new, gone, or of another amount."""
    return {part for part in {*before, *after} if before.get(part) != after.get(part)}


def _replace(book: Book, before: Parts, after: Parts) -> None:
    """Store every part of the payments whose parts changed, and touch no other."""
    differ = {part[0] for part in changed(before, after)}
    for some in chunks(sorted(differ)):
        db.session.execute(
            delete(LedgerSettlementRow).where(
                LedgerSettlementRow.connection_id == book.connection_id,
                LedgerSettlementRow.payment_ledger_id.in_(some),
            )
        )
    for chunk in chunks([part for part in after if part[0] in differ]):
        rows = [
            {
                "workspace_id": book.workspace_id,
                "connection_id": book.connection_id,
                "payment_ledger_id": payment,
                "invoice_ledger_id": invoice,
                "amount": after[payment, invoice],
            }
            for payment, invoice in chunk
        ]
        db.session.execute(insert(LedgerSettlementRow), rows)


def _grave(book: Book, payment: LedgerPayment) -> dict[str, Any]:
    return grave(book, payment) | _NO_MONEY | {"book": payment.book}


def _row(book: Book, payment: LedgerPayment) -> dict[str, Any]:
    return book.columns | {
        "ledger_id": payment.ledger_id,
        "version": payment.version,
        "deleted": False,
        "updated_there_at": payment.updated_at,
        "customer_ledger_id": payment.customer_ledger_id,
        "received_on": payment.received_on,
        "currency": payment.currency,
        "amount": payment.amount,
        "unapplied": payment.unapplied,
        "reference": payment.reference,
        "voided": payment.voided,
        "kind": payment.kind,
        "book": payment.book,
        "paid_out_of": payment.paid_out_of,
        "credits": dict(payment.credits),
    }


def settles(payments: Iterable[LedgerPayment]) -> Parts:
    """Return what payments settle, as they were read; what is voided or deleted settles nothing."""
    found: Parts = {}
    for payment in payments:
        if payment.voided or payment.deleted:
            continue
        for one in payment.settlements:
            part = payment.ledger_id, one.invoice_ledger_id
            found[part] = found.get(part, Decimal(0)) + one.amount
    return found
