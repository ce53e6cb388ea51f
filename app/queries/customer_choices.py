"""Whom billing's invoices wait for, because it is not settled who they are in a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select

from app.domain.money import round_money
from app.domain.states import ConnectionState, DocumentKind, SyncState
from app.extensions import db
from app.models import Connection, Customer, CustomerLink, DocumentLink, Invoice, Push


@dataclass(slots=True)
class Asked:
    """A customer who is asked about in one ledger, and the invoices that wait for that."""

    customer: Customer
    connection: Connection
    reason: str = ""
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def asked_about() -> list[Asked]:
    """Return everybody who is asked about in the workspace entered, by name."""
    found: dict[tuple[int, int], Asked] = {}
    for row in db.session.execute(_waiting()):
        key = (row.Connection.id, row.Customer.id)
        asked = found.setdefault(key, Asked(row.Customer, row.Connection, row.reason or ""))
        _count(asked, row)
    return sorted(found.values(), key=lambda asked: asked.customer.name.casefold())


def asked_of(connection: Connection, customer: Customer) -> Asked:
    """Return what waits for one customer in one ledger; a count of 0 where nothing does."""
    asked = Asked(customer, connection)
    rows = _waiting().where(Customer.id == customer.id, Connection.id == connection.id)
    for row in db.session.execute(rows):
        asked.reason = row.reason or ""
        _count(asked, row)
    return asked


def _waiting() -> Select[*tuple[Any, ...]]:
    first = Invoice.problem["missing"][0]
    return (
        select(
            Customer,
            Connection,
            Invoice.currency.label("currency"),
            func.count().label("invoices"),
            func.sum(Invoice.total).label("total"),
            func.min(Invoice.problem["title"].astext).label("reason"),
        )
        .select_from(Invoice)
        .join(Connection, Connection.id == Invoice.connection_id)
        .join(
            Customer,
            (Customer.workspace_id == Invoice.workspace_id)
            & (Customer.external_id == first["code"].astext),
        )
        .where(Invoice.sync_state == SyncState.BLOCKED, first["kind"].astext == "customer")
        .group_by(Customer.id, Connection.id, Invoice.currency)
        .order_by(Customer.id, Connection.id, Invoice.currency)
    )


def _count(asked: Asked, row: Any) -> None:
    asked.count += row.invoices
    asked.sums[row.currency] = round_money(row.total, row.currency)


def customer_named(code: str) -> Customer | None:
    """Return the workspace's customer of a code of billing's."""
    return db.session.scalar(select(Customer).where(Customer.external_id == code))


def live_connection(connection_id: int | None) -> Connection | None:
    """Return a connection of the workspace that is not disconnected."""
    return db.session.scalar(
        select(Connection).where(
            Connection.id == connection_id, Connection.state != ConnectionState.DISCONNECTED
        )
    )


def link_in(connection: Connection, customer: Customer) -> CustomerLink | None:
    """Return who a customer is in one ledger."""
    return db.session.scalar(
        select(CustomerLink).where(
            CustomerLink.connection_id == connection.id, CustomerLink.customer_id == customer.id
        )
    )


def others_linked(
    connection: Connection, customer: Customer, ledger_ids: Sequence[str]
) -> dict[str, str]:
    """Return by ledger customer which other customer of billing leads there already."""
    rows = db.session.execute(
        select(CustomerLink.ledger_id, func.min(Customer.name))
        .join(Customer, Customer.id == CustomerLink.customer_id)
        .where(
            CustomerLink.connection_id == connection.id,
            CustomerLink.ledger_id.in_(ledger_ids),
            CustomerLink.customer_id != customer.id,
        )
        .group_by(CustomerLink.ledger_id)
    )
    return {row[0]: row[1] for row in rows}


def booked_under(connection: Connection, customer: Customer) -> int:
    """Count the customer's invoices that the ledger holds."""
    return db.session.execute(
        select(func.count())
        .select_from(DocumentLink)
        .join(Invoice, Invoice.id == DocumentLink.document_id)
        .where(
            DocumentLink.connection_id == connection.id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            Invoice.customer_id == customer.id,
        )
    ).scalar_one()


def newest_push(connection: Connection, customer: Customer) -> Push | None:
    """Return what was last done, or is being done, to a customer in a ledger."""
    return db.session.scalar(
        select(Push)
        .where(
            Push.connection_id == connection.id,
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.document_id == customer.id,
        )
        .order_by(Push.id.desc())
        .limit(1)
    )
