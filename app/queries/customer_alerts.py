"""What is not as it should be with a customer: differences, permissions near their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, false, or_, select

from app.domain.permission import nearest_end
from app.domain.states import ConnectionState, DocumentKind
from app.extensions import db
from app.models import (
    Connection,
    Customer,
    Drift,
    Grant,
    LedgerCreditRow,
    LedgerInvoiceRow,
    PausedAlert,
    SalesDocument,
)
from app.queries.customers import Linked


@dataclass(slots=True)
class Differing:
    """The open differences of a customer in one ledger: how many, their money, some numbers."""

    connection: Connection
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ending:
    """The permission of a connection, and when it ends; ends_at: None where it has ended."""

    connection: Connection
    ends_at: datetime | None


def paused(customer: Customer, day: date) -> dict[str, PausedAlert]:
    """Return the alerts about a customer that rest on a day, by kind."""
    of_this = (PausedAlert.customer_id == customer.id, PausedAlert.until > day)
    return {row.kind: row for row in db.session.scalars(select(PausedAlert).where(*of_this))}


def differing(customer: Customer, linked: Linked) -> Sequence[Differing]:
    """Return the differences nobody decided about yet, by ledger."""
    ours = select(SalesDocument.id).where(SalesDocument.customer_id == customer.id)
    there = [
        (Drift.document_kind == kind) & _has(table, linked)
        for kind, table in (
            (DocumentKind.INVOICE, LedgerInvoiceRow),
            (DocumentKind.CREDIT_NOTE, LedgerCreditRow),
        )
    ]
    rows = db.session.execute(
        select(Drift, Connection)
        .join(Connection, Connection.id == Drift.connection_id)
        .where(
            Drift.closed_at.is_(None),
            Drift.decision.is_(None),
            or_(Drift.invoice_id.in_(ours), and_(Drift.invoice_id.is_(None), or_(*there))),
        )
        .order_by(Connection.id, Drift.id)
    )
    found: dict[int, Differing] = {}
    for drift, connection in rows:
        one = found.setdefault(connection.id, Differing(connection))
        one.count += 1
        before = one.sums.get(drift.currency, Decimal(0))
        one.sums[drift.currency] = before + abs(drift.amount)
        if drift.number and drift.number not in one.numbers:
            one.numbers.append(drift.number)
    return list(found.values())


def _has(
    table: type[LedgerInvoiceRow] | type[LedgerCreditRow], linked: Linked
) -> ColumnElement[bool]:
    """Match differences about a document that the customer has in a ledger's own book."""
    theirs = [
        (table.connection_id == link.connection_id) & (table.customer_ledger_id == link.ledger_id)
        for link, _ in linked
    ]
    same = (table.connection_id == Drift.connection_id) & (table.ledger_id == Drift.ledger_id)
    return select(table.id).where(same, or_(false(), *theirs)).exists()


def endings(linked: Linked) -> Sequence[Ending]:
    """Return the permissions behind a customer's ledgers that are gone or will end."""
    ids = [connection.id for _, connection in linked]
    rows = db.session.execute(
        select(Connection, Grant.refresh_expires_at, Grant.hard_expires_at)
        .outerjoin(Grant, Grant.id == Connection.grant_id)
        .where(Connection.id.in_(ids), Connection.state != ConnectionState.DISCONNECTED)
        .order_by(Connection.id)
    )
    found = []
    for connection, idle, final in rows:
        end = nearest_end(idle, final)
        if connection.state == ConnectionState.BROKEN:
            found.append(Ending(connection, None))
        elif end is not None:
            found.append(Ending(connection, end[1]))
    return found
