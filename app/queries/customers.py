"""Billing's customers: found, listed, and who they are in each ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, select
from sqlalchemy.orm import joinedload

from app.domain.money import round_money
from app.domain.states import ConnectionState, SyncState
from app.extensions import db
from app.models import Connection, Customer, CustomerLink, Invoice
from app.queries.customer_figures import OWED, Figures, figures_of
from app.queries.found import among
from app.queries.not_billed import with_service_not_billed

Ts = TypeVarTuple("Ts")

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
class Wanted:
    """What the list shows and in which order; show and sort: keys of SHOW and SORT."""

    typed: str = ""
    show: str = ""
    sort: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of customers, and how many the search finds."""

    rows: list[Row]
    count: int
    page: int
    pages: int


# The parts of the list, and its orders; keys stand in addresses.
SHOW = ("owing", "overdue", "not-billed")
SORT = ("owed", "overdue", "newest")


def page(wanted: Wanted, today: date, home: str) -> Listed:
    """Return a page of the customers that are wanted; home: the currency that debts are ordered by.

    What is owed in other currencies orders only those who owe nothing in that one.
    """
    matching = _found(wanted, today)
    count = db.session.execute(
        select(func.count()).select_from(Customer).where(*matching)
    ).scalar_one()
    pages = max(1, -(-count // SHOWN))
    number = min(max(1, wanted.number), pages)
    found = db.session.execute(
        _ordered(select(Customer.id, Customer.name, Customer.email), wanted.sort, today, home)
        .where(*matching)
        .order_by(func.lower(Customer.name), Customer.id)
        .offset((number - 1) * SHOWN)
        .limit(SHOWN)
    ).all()
    figures = figures_of([row.id for row in found], today)
    rows = [Row(row.id, row.name, row.email, figures[row.id]) for row in found]
    return Listed(rows, count, number, pages)


def _found(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.typed:
        contains = Customer.name.icontains(wanted.typed, autoescape=True)
        conditions.append(contains | (Customer.external_id == wanted.typed))
    if wanted.show == "not-billed":
        # Looked up once, though counted and listed: it reads what was sold in three months.
        theirs = db.session.scalars(with_service_not_billed(today)).all()
        conditions.append(among(Customer.id, theirs))
    elif wanted.show:
        late = wanted.show == "overdue"
        conditions.append(Customer.id.in_(select(Invoice.customer_id).where(*owed(today, late))))
    return conditions


def _ordered(statement: Select[*Ts], sort: str, today: date, home: str) -> Select[*Ts]:
    if sort not in SORT:
        return statement
    if sort == "newest":
        # A value for each customer: the end of its part of an index, not all that there is.
        newest = (
            select(func.max(Invoice.issue_date))
            .where(Invoice.customer_id == Customer.id)
            .correlate(Customer)
        )
        return statement.order_by(newest.scalar_subquery().desc().nulls_last())
    at_home = Invoice.currency == home
    debts = _of_each(
        func.sum(Invoice.balance).filter(at_home).label("home"),
        func.sum(Invoice.balance).filter(~at_home).label("foreign"),
        where=owed(today, late=sort == "overdue"),
    )
    return statement.outerjoin(debts, debts.c.customer_id == Customer.id).order_by(
        debts.c.home.desc().nulls_last(), debts.c.foreign.desc().nulls_last()
    )


def _of_each(*figures: ColumnElement[Any], where: Sequence[ColumnElement[bool]] = ()) -> Subquery:
    return (
        select(Invoice.customer_id, *figures).where(*where).group_by(Invoice.customer_id).subquery()
    )


def owed(today: date, late: bool = False) -> list[ColumnElement[bool]]:
    """Match the invoices that somebody owes, or only those that are overdue."""
    found = [Invoice.status.in_(OWED), Invoice.balance > 0]
    return [*found, Invoice.due_date < today] if late else found


@dataclass(slots=True)
class Debts:
    """What all customers owe, what of it is overdue, and how many customers that is."""

    owed: dict[str, Decimal] = field(default_factory=dict)
    late: dict[str, Decimal] = field(default_factory=dict)
    owing: int = 0
    overdue: int = 0


def debts(today: date) -> Debts:
    """Add up what is owed in the workspace; two queries."""
    late = Invoice.due_date < today
    rows = db.session.execute(
        select(Invoice.currency, func.sum(Invoice.balance), func.sum(Invoice.balance).filter(late))
        .where(*owed(today))
        .group_by(Invoice.currency)
    )
    found = Debts()
    for currency, every, overdue in rows:
        found.owed[currency] = round_money(every, currency)
        if overdue:
            found.late[currency] = round_money(overdue, currency)
    customer = Invoice.customer_id.distinct()
    counts = select(func.count(customer), func.count(customer).filter(late)).where(*owed(today))
    found.owing, found.overdue = db.session.execute(counts).one()
    return found


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
