"""What the ledgers themselves have of a customer: their invoices that are not ours, their money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from app.domain.money import round_money
from app.domain.payments import PaymentKind
from app.domain.perhaps_there import ASKED_IN
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import (
    Connection,
    DocumentLink,
    Invoice,
    LedgerInvoiceRow,
    LedgerPaymentRow,
)
from app.queries.customer_figures import Sum
from app.queries.customers import Linked

_PAID_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed on invoices that only a ledger has, and how much of that is late."""

    all: Sum
    late: Sum


@dataclass(frozen=True, slots=True)
class Lately:
    """What the ledgers received of a customer lately, and what went back."""

    received: Sum
    given_back: Sum


def only_there(linked: Linked, most: int) -> Sequence[tuple[LedgerInvoiceRow, Connection]]:
    """Return the newest of the customer's invoices that only a ledger has."""
    rows = db.session.execute(
        select(LedgerInvoiceRow, Connection)
        .join(Connection, Connection.id == LedgerInvoiceRow.connection_id)
        .where(theirs(LedgerInvoiceRow, linked), *_not_ours())
        .order_by(LedgerInvoiceRow.issue_date.desc(), LedgerInvoiceRow.id.desc())
        .limit(most)
    )
    return [(row, connection) for row, connection in rows]


def owed_only_there(linked: Linked, today: date) -> Owed:
    """Return what is owed on invoices that only a ledger has; what is perhaps ours is not more."""
    row = LedgerInvoiceRow
    currency = func.coalesce(row.currency, Connection.home_currency)
    late = func.coalesce(row.due_date < today, False)
    rows = db.session.execute(
        select(currency, late, func.count(), func.sum(row.balance))
        .join(Connection, Connection.id == row.connection_id)
        .where(
            theirs(row, linked), *_not_ours(), ~_perhaps_ours(linked), ~row.voided, row.balance > 0
        )
        .group_by(currency, late)
    ).all()
    return Owed(
        _sum([(code, count, amount) for code, _, count, amount in rows]),
        _sum([(code, count, amount) for code, is_late, count, amount in rows if is_late]),
    )


def paid_lately(linked: Linked, today: date) -> Lately:
    """Return what came and went back in 90 days; credits put on invoices are no money."""
    row = LedgerPaymentRow
    currency = func.coalesce(row.currency, Connection.home_currency)
    refund = row.kind == PaymentKind.REFUND
    rows = db.session.execute(
        select(currency, refund, func.count(), func.sum(row.amount))
        .join(Connection, Connection.id == row.connection_id)
        .where(
            theirs(row, linked),
            ~row.deleted,
            ~row.voided,
            row.amount > 0,
            row.received_on > today - _PAID_WITHIN,
        )
        .group_by(currency, refund)
    ).all()
    return Lately(
        _sum([(code, count, amount) for code, back, count, amount in rows if not back]),
        _sum([(code, count, amount) for code, back, count, amount in rows if back]),
    )


def theirs(
    table: type[LedgerInvoiceRow] | type[LedgerPaymentRow], linked: Linked
) -> ColumnElement[bool]:
    """Match rows of the customer, who has an id of their own in each ledger."""
    each = [
        (table.connection_id == link.connection_id) & (table.customer_ledger_id == link.ledger_id)
        for link, _ in linked
    ]
    return or_(false(), *each)


def _not_ours() -> tuple[ColumnElement[bool], ...]:
    ours = select(DocumentLink.id).where(
        DocumentLink.connection_id == LedgerInvoiceRow.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == LedgerInvoiceRow.ledger_id,
    )
    return ~LedgerInvoiceRow.deleted, ~ours.exists()


def _perhaps_ours(linked: Linked) -> ColumnElement[bool]:
    """Match what a person is still to say about, and what is known as ours but not linked yet."""
    row = LedgerInvoiceRow
    named = func.jsonb_build_array(func.jsonb_build_object("ledger_id", row.ledger_id))
    asked = and_(Invoice.sync_state.in_(ASKED_IN), Invoice.problem["candidates"].contains(named))
    before = Invoice.linked_before == row.ledger_id
    marked = Invoice.external_id == func.substring(row.marker, r"Ledgerbridge (\S+)")
    booked = exists().where(
        DocumentLink.connection_id == Invoice.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.document_id == Invoice.id,
    )
    return exists().where(
        Invoice.customer_id.in_([link.customer_id for link, _ in linked]),
        Invoice.connection_id == row.connection_id,
        or_(asked, before, marked & ~booked),
    )


def _sum(rows: Sequence[tuple[str, int, Decimal]]) -> Sum:
    found = Sum()
    for currency, count, amount in rows:
        found.count += count
        before = found.sums.get(currency, Decimal(0))
        found.sums[currency] = before + round_money(amount, currency)
    return found
