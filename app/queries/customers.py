"""Billing's customers: found, listed, and who they are in each ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload

from app.domain.states import ConnectionState, SyncState
from app.extensions import db
from app.models import Connection, Customer, CustomerLink, Invoice
from app.queries.customer_figures import OWED, Figures, figures_of

SHOWN = 50
RECENT = 12

Linked = Sequence[tuple[CustomerLink, Connection]]


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of the list."""

    id: int
    name: str
    email: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of customers by name, and how many the search finds."""

    rows: list[Row]
    count: int
    page: int
    pages: int


def page(typed: str, number: int, today: date) -> Listed:
    """Return a page of the customers whose name or code holds what was typed."""
    wanted = _found(typed)
    count = db.session.execute(
        select(func.count()).select_from(Customer).where(*wanted)
    ).scalar_one()
    pages = max(1, -(-count // SHOWN))
    number = min(max(1, number), pages)
    found = db.session.execute(
        select(Customer.id, Customer.name, Customer.email)
        .where(*wanted)
        .order_by(func.lower(Customer.name), Customer.id)
        .offset((number - 1) * SHOWN)
        .limit(SHOWN)
    ).all()
    figures = figures_of([row.id for row in found], today)
    rows = [Row(row.id, row.name, row.email, figures[row.id]) for row in found]
    return Listed(rows, count, number, pages)


def _found(typed: str) -> list[ColumnElement[bool]]:
    if not typed:
        return []
    contains = Customer.name.icontains(typed, autoescape=True)
    return [contains | (Customer.external_id == typed)]


def customer_of(customer_id: int) -> Customer | None:
    """Return a customer of the workspace entered."""
    return db.session.scalar(select(Customer).where(Customer.id == customer_id))


def links(customer: Customer) -> Linked:
    """Return who the customer is in each ledger."""
    rows = db.session.execute(
        select(CustomerLink, Connection)
        .join(Connection, Connection.id == CustomerLink.connection_id)
        .where(CustomerLink.customer_id == customer.id)
        .order_by(Connection.id)
    )
    return [(link, connection) for link, connection in rows]


def away(customer: Customer) -> Sequence[Connection]:
    """Return the companies that may hold invoices of the customer and were disconnected."""
    return db.session.scalars(
        select(Connection)
        .where(
            Connection.state == ConnectionState.DISCONNECTED,
            exists().where(
                Invoice.connection_id == Connection.id,
                Invoice.customer_id == customer.id,
                Invoice.sync_state == SyncState.UNLINKED,
            ),
        )
        .order_by(Connection.id)
    ).all()


def oldest_due(customer: Customer, today: date) -> Invoice | None:
    """Return the invoice that is overdue longest."""
    return db.session.scalar(
        select(Invoice)
        .where(
            Invoice.customer_id == customer.id,
            Invoice.status.in_(OWED),
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
