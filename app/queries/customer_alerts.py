"""What is not as it should be with a customer: differences, permissions near their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, false, or_, select

from app.domain.permission import nearest_end
from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Connection, Customer, Drift, Grant, Invoice, LedgerInvoiceRow
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


def differing(customer: Customer, linked: Linked) -> Sequence[Differing]:
    """Return the differences nobody decided about yet, by ledger."""
    ledger = LedgerInvoiceRow
    theirs = [
        (ledger.connection_id == link.connection_id) & (ledger.customer_ledger_id == link.ledger_id)
        for link, _ in linked
    ]
    there = (
        select(ledger.id)
        .where(
            ledger.connection_id == Drift.connection_id,
            ledger.ledger_id == Drift.ledger_id,
            or_(false(), *theirs),
        )
        .exists()
    )
    ours = select(Invoice.id).where(Invoice.customer_id == customer.id)
    rows = db.session.execute(
        select(Drift, Connection)
        .join(Connection, Connection.id == Drift.connection_id)
        .where(
            Drift.closed_at.is_(None),
            Drift.decision.is_(None),
            or_(Drift.invoice_id.in_(ours), and_(Drift.invoice_id.is_(None), there)),
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
