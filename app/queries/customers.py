"""Billing's customers: what they were invoiced, what they owe, who they are in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.domain.money import round_money
from app.domain.states import InvoiceStatus
from app.extensions import db
from app.models import Connection, Customer, CustomerLink, Invoice

SHOWN = 50
RECENT = 12
_OWED = (InvoiceStatus.OPEN, InvoiceStatus.PART_PAID)


@dataclass(frozen=True, slots=True)
class Sum:
    """A count of invoices and their money, each currency for itself."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.count)


@dataclass(slots=True)
class Row:
    """One customer of the list."""

    id: int
    name: str
    email: str | None
    invoices: int = 0
    newest: date | None = None
    owed: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of customers by name, and how many the search finds."""

    rows: list[Row]
    count: int
    page: int
    pages: int


def page(typed: str, number: int) -> Listed:
    """Return a page of the customers whose name or code holds what was typed."""
    wanted = _found(typed)
    count = db.session.execute(
        select(func.count()).select_from(Customer).where(*wanted)
    ).scalar_one()
    pages = max(1, -(-count // SHOWN))
    number = min(max(1, number), pages)
    rows = db.session.execute(
        select(Customer.id, Customer.name, Customer.email)
        .where(*wanted)
        .order_by(func.lower(Customer.name), Customer.id)
        .offset((number - 1) * SHOWN)
        .limit(SHOWN)
    )
    found = {row.id: Row(row.id, row.name, row.email) for row in rows}
    _add_invoices(found)
    return Listed(list(found.values()), count, number, pages)


def _found(typed: str) -> list[ColumnElement[bool]]:
    if not typed:
        return []
    contains = Customer.name.icontains(typed, autoescape=True)
    return [contains | (Customer.external_id == typed)]


def _add_invoices(found: dict[int, Row]) -> None:
    rows = db.session.execute(
        select(
            Invoice.customer_id,
            Invoice.currency,
            func.count(),
            func.max(Invoice.issue_date),
            func.sum(Invoice.balance).filter(Invoice.status.in_(_OWED)),
        )
        .where(Invoice.customer_id.in_(found), Invoice.status != InvoiceStatus.VOID)
        .group_by(Invoice.customer_id, Invoice.currency)
    )
    for customer_id, currency, count, newest, owed in rows:
        row = found[customer_id]
        row.invoices += count
        row.newest = max(filter(None, (row.newest, newest)), default=None)
        if owed:
            row.owed[currency] = round_money(owed, currency)


def customer_of(customer_id: int) -> Customer | None:
    """Return a customer of the workspace entered."""
    return db.session.scalar(select(Customer).where(Customer.id == customer_id))


def links(customer: Customer) -> Sequence[tuple[CustomerLink, Connection]]:
    """Return who the customer is in each ledger."""
    rows = db.session.execute(
        select(CustomerLink, Connection)
        .join(Connection, Connection.id == CustomerLink.connection_id)
        .where(CustomerLink.customer_id == customer.id)
        .order_by(Connection.id)
    )
    return [(link, connection) for link, connection in rows]


def invoiced(customer: Customer, first: date, last: date) -> Sum:
    """Return what was invoiced from the first to the last day."""
    return _sum(customer, Invoice.total, Invoice.issue_date.between(first, last))


def outstanding(customer: Customer) -> Sum:
    """Return what is still owed."""
    return _sum(customer, Invoice.balance, Invoice.status.in_(_OWED), Invoice.balance > 0)


def overdue(customer: Customer, today: date) -> Sum:
    """Return what should have been paid by now."""
    due = Invoice.due_date < today
    return _sum(customer, Invoice.balance, Invoice.status.in_(_OWED), Invoice.balance > 0, due)


def oldest_due(customer: Customer, today: date) -> Invoice | None:
    """Return the invoice that is overdue longest."""
    return db.session.scalar(
        select(Invoice)
        .where(
            Invoice.customer_id == customer.id,
            Invoice.status.in_(_OWED),
            Invoice.balance > 0,
            Invoice.due_date < today,
        )
        .order_by(Invoice.due_date, Invoice.id)
        .limit(1)
    )


def recent(customer: Customer) -> Sequence[Invoice]:
    """Return the newest invoices."""
    return db.session.scalars(
        select(Invoice)
        .options(joinedload(Invoice.connection))
        .where(Invoice.customer_id == customer.id)
        .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
        .limit(RECENT)
    ).all()


def total_count(customer: Customer) -> int:
    """Count all the customer's invoices."""
    return db.session.execute(
        select(func.count()).select_from(Invoice).where(Invoice.customer_id == customer.id)
    ).scalar_one()


def first_issued(customer: Customer) -> date | None:
    """Return the date of the customer's first invoice, in the order of dates, not of arrival."""
    return db.session.scalar(
        select(func.min(Invoice.issue_date)).where(Invoice.customer_id == customer.id)
    )


def _sum(customer: Customer, column: Any, *matching: ColumnElement[bool]) -> Sum:
    rows = db.session.execute(
        select(Invoice.currency, func.count(), func.sum(column))
        .where(Invoice.customer_id == customer.id, Invoice.status != InvoiceStatus.VOID, *matching)
        .group_by(Invoice.currency)
    ).all()
    return Sum(sum(row[1] for row in rows), {row[0]: round_money(row[2], row[0]) for row in rows})
