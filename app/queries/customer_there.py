"""What the ledgers themselves have of a customer: their invoices that are not ours, their money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_

from app.domain.money import round_money
from app.domain.payments import PaymentKind
from app.domain.perhaps_there import ASKED_IN
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import (
    Connection,
    CustomerLink,
    DocumentLink,
    Invoice,
    LedgerInvoiceRow,
    LedgerPaymentRow,
)
from app.queries.customer_figures import Sum
from app.queries.customers import Linked
from app.queries.whose_money import first_of, parts_of, share, theirs, theirs_paid

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
        .where(theirs(LedgerInvoiceRow, first_of(linked)), *_not_ours())
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
            theirs(row, first_of(linked)),
            *_not_ours(),
            ~_perhaps_ours(linked),
            ~row.voided,
            row.balance > 0,
        )
        .group_by(currency, late)
    ).all()
    return Owed(
        _sum([(code, count, amount) for code, _, count, amount in rows]),
        _sum([(code, count, amount) for code, is_late, count, amount in rows if is_late]),
    )


def paid_lately(linked: Linked, today: date) -> Lately:
    """Return what came and went back in 90 days; credits put on invoices are no money.

    Of a payment, what is on the customer's own invoices; the rest is told with one customer.
    """
    row = LedgerPaymentRow
    rows = db.session.execute(
        select(row, func.coalesce(row.currency, Connection.home_currency))
        .join(Connection, Connection.id == row.connection_id)
        .where(
            theirs_paid(linked, even_on_others=True),
            ~row.deleted,
            ~row.voided,
            row.amount > 0,
            row.received_on > today - _PAID_WITHIN,
        )
        .order_by(row.id)
    ).all()
    parts = parts_of(payment for payment, _ in rows)
    ids = {link.customer_id for link, _ in linked}
    first = {(link.connection_id, link.ledger_id) for link, _ in first_of(linked)}
    received: list[tuple[str, int, Decimal]] = []
    given_back: list[tuple[str, int, Decimal]] = []
    for payment, currency in rows:
        rest = (payment.connection_id, payment.customer_ledger_id) in first
        back = payment.kind == PaymentKind.REFUND
        settles = [] if back else parts.get((payment.connection_id, payment.ledger_id), [])
        mine = share(payment.amount, settles, ids, rest=rest)
        if mine:
            (given_back if back else received).append((currency, 1, mine))
    return Lately(_sum(received), _sum(given_back))


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
        Invoice.customer_id.in_(_all_of(linked)),
        Invoice.connection_id == row.connection_id,
        or_(asked, before, marked & ~booked),
    )


def _all_of(linked: Linked) -> Select[int]:
    """Select every customer of billing's who is one of these in a ledger."""
    places = [(link.connection_id, link.ledger_id) for link, _ in linked]
    return select(CustomerLink.customer_id).where(
        tuple_(CustomerLink.connection_id, CustomerLink.ledger_id).in_(places)
    )


def _sum(rows: Sequence[tuple[str, int, Decimal]]) -> Sum:
    found = Sum()
    for currency, count, amount in rows:
        found.count += count
        before = found.sums.get(currency, Decimal(0))
        found.sums[currency] = before + round_money(amount, currency)
    return found
