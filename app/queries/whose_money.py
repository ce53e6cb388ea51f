"""Whose a ledger's money is, where several of billing's customers are one customer there.

A payment is theirs whose invoice it settles, whoever is said there to have paid. What is on no
invoice of billing's is told with one of them only, so that no sum has it twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.domain.states import DocumentKind
from app.extensions import db
from app.models import (
    Customer,
    CustomerLink,
    DocumentLink,
    Invoice,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    SettlementChange,
)
from app.queries.customers import Linked

Key = tuple[int, str]
# What of one payment settles the invoices of each of billing's customers, in the order it came.
Parts = dict[Key, list[tuple[int, Decimal]]]


def first_of(linked: Linked) -> Linked:
    """Return the links under which what is on no invoice of billing's is told: the oldest each."""
    ids = [link.id for link, _ in linked]
    first = set(
        db.session.scalars(select(CustomerLink.id).where(CustomerLink.id.in_(ids), is_first()))
    )
    return [(link, connection) for link, connection in linked if link.id in first]


def is_first() -> ColumnElement[bool]:
    """Match the oldest of the links that lead to one customer of a ledger."""
    other = aliased(CustomerLink)
    return ~exists().where(
        other.connection_id == CustomerLink.connection_id,
        other.ledger_id == CustomerLink.ledger_id,
        other.id < CustomerLink.id,
    )


def told_with(linked: Linked) -> Sequence[Customer]:
    """Return the customers with whom it is told instead."""
    first = {link.id for link, _ in first_of(linked)}
    places = [(link.connection_id, link.ledger_id) for link, _ in linked if link.id not in first]
    return db.session.scalars(
        select(Customer)
        .join(CustomerLink, CustomerLink.customer_id == Customer.id)
        .where(tuple_(CustomerLink.connection_id, CustomerLink.ledger_id).in_(places), is_first())
        .order_by(Customer.id)
    ).all()


def theirs(
    table: type[LedgerInvoiceRow] | type[LedgerPaymentRow], linked: Linked
) -> ColumnElement[bool]:
    """Match rows of the customer, who has an id of their own in each ledger."""
    each = [
        (table.connection_id == link.connection_id) & (table.customer_ledger_id == link.ledger_id)
        for link, _ in linked
    ]
    return or_(false(), *each)


def theirs_paid(linked: Linked, *, even_on_others: bool = False) -> ColumnElement[bool]:
    """Match the payments that settle, or settled, an invoice of theirs, and those of nobody else.

    even_on_others: also those made by them that settle only invoices of others; a part may be on
    none. By the ids of those there are: a list of the customer's, not all that the ledger has.
    """
    ids = {link.customer_id for link, _ in linked}
    payment = LedgerPaymentRow
    there = select(payment.id).where(theirs(payment, first_of(linked)))
    if not even_on_others:
        others = Invoice.customer_id.not_in(ids)
        for part in _PARTS:
            there = there.where(~_payments_on(part, others, among=True).exists())
    on_theirs = (_payments_on(part, Invoice.customer_id.in_(ids)) for part in _PARTS)
    return payment.id.in_(select(there.union(*on_theirs).subquery().c.id))


_PARTS: tuple[type[LedgerSettlementRow] | type[SettlementChange], ...] = (
    LedgerSettlementRow,
    SettlementChange,
)


def _payments_on(
    part: type[LedgerSettlementRow] | type[SettlementChange],
    whose: ColumnElement[bool],
    *,
    among: bool = False,
) -> Select[Any]:
    """Select the payments with a part on some invoices; among: as a test of an outer payment."""
    payment = LedgerPaymentRow
    of = and_(
        payment.connection_id == part.connection_id,
        payment.ledger_id == part.payment_ledger_id,
        payment.book == "payment",
    )
    on = _its_invoice(part)
    if among:
        inner = select(part.id).join(DocumentLink, on)
        return (
            inner.join(Invoice, Invoice.id == DocumentLink.document_id)
            .where(of, whose)
            .correlate(payment)
        )
    found = select(payment.id).join(part, of).join(DocumentLink, on)
    return found.join(Invoice, Invoice.id == DocumentLink.document_id).where(whose)


def _its_invoice(part: type[LedgerSettlementRow] | type[SettlementChange]) -> ColumnElement[bool]:
    """Match the link of the invoice that a part is on."""
    return and_(
        DocumentLink.connection_id == part.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == part.invoice_ledger_id,
    )


def parts_of(payments: Iterable[LedgerPaymentRow]) -> Parts:
    """Return what payments settle of billing's invoices, and of which customer each is."""
    keys = [(each.connection_id, each.ledger_id) for each in payments if each.book == "payment"]
    part = LedgerSettlementRow
    rows = db.session.execute(
        select(part.connection_id, part.payment_ledger_id, Invoice.customer_id, part.amount)
        .join(DocumentLink, _its_invoice(part))
        .join(Invoice, Invoice.id == DocumentLink.document_id)
        .where(tuple_(part.connection_id, part.payment_ledger_id).in_(keys))
        .order_by(part.id)
    )
    found: Parts = defaultdict(list)
    for connection_id, ledger_id, customer_id, amount in rows:
        found[connection_id, ledger_id].append((customer_id, amount))
    return found


def share(
    money: Decimal, parts: Sequence[tuple[int, Decimal]], customer_ids: set[int], *, rest: bool
) -> Decimal:
    """Return how much of a payment is theirs, never more than there is of it.

    rest: what is on no invoice of billing's is told with them. A payment may put a credit on an
    invoice besides: its parts are then more than the money.
    """
    left, mine = money, Decimal(0)
    for customer_id, amount in parts:
        taken = min(amount, left)
        left -= taken
        if customer_id in customer_ids:
            mine += taken
    return mine + left if rest else mine
