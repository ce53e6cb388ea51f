"""How far pushing has come in each company: what waits, what is under way, how fast it went.

Three queries, whatever the number of companies and of what waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from app.domain.forecast import Waiting
from app.domain.states import (
    FINISHED,
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.domain.wording import format_money
from app.extensions import db
from app.models import Attempt, Connection, Customer, Invoice, Push

_PACE_OF = timedelta(minutes=1)
# More than any ledger lets us write at a time; pushes left by dead workers are not endless either.
_UNDER_WAY = 100
# Outcomes of a try after which the document waits as before.
_ROUND_AGAIN = (SyncState.WAITING, SyncState.RETRYING, SyncState.UNCONFIRMED)
_STOPPED = (PushState.HELD, PushState.BLOCKED, PushState.FAILED)


@dataclass(slots=True)
class Figure:
    """A count of documents and the money of the invoices among them, each currency for itself."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def amounts(self, home: str) -> list[str]:
        """Return the money as shown, the home currency first."""
        ordered = sorted(self.sums.items(), key=lambda each: (each[0] != home, each[0]))
        return [format_money(amount, currency) for currency, amount in ordered]


@dataclass(slots=True)
class Backlog:
    """What is not finished in one company, each document once.

    due, later: what moves by itself. unconfirmed: sent, no answer yet, and moves by itself too.
    stopped: until a person acts. dead: given up, one press brings it back.
    """

    due: Figure = field(default_factory=Figure)
    later: Figure = field(default_factory=Figure)
    unconfirmed: Figure = field(default_factory=Figure)
    stopped: Figure = field(default_factory=Figure)
    dead: Figure = field(default_factory=Figure)
    unconfirmed_later: int = 0
    last_due_at: datetime | None = None
    next_due_at: datetime | None = None

    @property
    def waiting(self) -> Waiting:
        """Return what the forecast counts: all that moves by itself."""
        due = self.due.count + self.unconfirmed.count - self.unconfirmed_later
        return Waiting(due, self.later.count + self.unconfirmed_later, self.last_due_at)

    @property
    def on_its_way(self) -> dict[str, Decimal]:
        """Return the money of all that moves by itself."""
        sums: dict[str, Decimal] = {}
        for figure in (self.due, self.later, self.unconfirmed):
            for currency, amount in figure.sums.items():
                sums[currency] = sums.get(currency, Decimal(0)) + amount
        return sums


@dataclass(frozen=True, slots=True)
class Lately:
    """Documents brought to an answer in the last minute, and since when."""

    count: int = 0
    since: datetime | None = None


def live_connections() -> Sequence[Connection]:
    """Return the connections in use, or meant to be."""
    return db.session.scalars(
        select(Connection)
        .where(Connection.state != ConnectionState.DISCONNECTED)
        .order_by(Connection.id)
    ).all()


def left_out(connection_id: int) -> bool:
    """Tell whether an invoice of a company stays in billing only: opted out, or before its start.

    Asked for only where nothing waits.
    """
    never = select(Invoice.id).where(
        Invoice.connection_id == connection_id,
        Invoice.sync_state == SyncState.NOT_SENT,
        Invoice.status != InvoiceStatus.VOID,
    )
    return db.session.scalar(never.limit(1)) is not None


def backlogs(connection_ids: Sequence[int], now: datetime) -> dict[int, Backlog]:
    """Count what is not finished in these companies."""
    found = {number: Backlog() for number in connection_ids}
    for row in db.session.execute(backlog_statement(connection_ids, now)):
        _add(found[row.connection_id], row)
    return found


def backlog_statement(connection_ids: Sequence[int], now: datetime) -> Select[*tuple[Any, ...]]:
    """Select what is not finished, grouped by company, figure and currency."""
    booked_out = Push.operation.in_((Operation.VOID, Operation.DELETE))
    later = Push.due_at > now
    part = _part(later)
    return (
        select(
            Push.connection_id,
            part,
            Invoice.currency,
            func.count().label("documents"),
            func.sum(case((~booked_out, Invoice.total))).label("total"),
            func.count().filter(later).label("later"),
            func.max(Push.due_at).filter(later).label("last_due_at"),
            func.min(Push.due_at).filter(later).label("next_due_at"),
        )
        .outerjoin(
            Invoice,
            and_(Invoice.id == Push.document_id, Push.document_kind == DocumentKind.INVOICE),
        )
        .where(
            Push.connection_id.in_(connection_ids),
            Push.state.not_in(FINISHED),
            Push.document_kind != DocumentKind.ATTACHMENT,  # no document of the books
        )
        .group_by(Push.connection_id, part, Invoice.currency)
    )


def _part(later: ColumnElement[bool]) -> ColumnElement[str]:
    """Name the figure a push belongs to; what was deleted in the ledger is a difference instead."""
    gone = Invoice.sync_state == SyncState.DELETED_THERE
    return case(
        (Push.state == PushState.DEAD, "dead"),
        (and_(Push.state.in_(_STOPPED), gone), "gone"),
        (Push.state.in_(_STOPPED), "stopped"),
        (Push.state == PushState.UNCONFIRMED, "unconfirmed"),
        (and_(Push.state != PushState.PUSHING, later), "later"),
        else_="due",
    ).label("part")


def _add(backlog: Backlog, row: Row[Any]) -> None:
    if row.part == "gone":
        return
    figure: Figure = getattr(backlog, row.part)
    figure.count += row.documents
    if row.currency and row.total:
        figure.sums[row.currency] = figure.sums.get(row.currency, Decimal(0)) + row.total
    if row.part == "unconfirmed":
        backlog.unconfirmed_later += row.later
    if row.part in ("unconfirmed", "later") and row.last_due_at is not None:
        backlog.last_due_at = max(backlog.last_due_at or row.last_due_at, row.last_due_at)
        backlog.next_due_at = min(backlog.next_due_at or row.next_due_at, row.next_due_at)


def under_way(connection_ids: Sequence[int], now: datetime) -> dict[int, list[str]]:
    """Name what was sent and is not answered yet, what left last first.

    What a worker that is gone has left claimed counts no more.
    """
    invoice, customer, item = DocumentKind.INVOICE, DocumentKind.CUSTOMER, DocumentKind.ITEM
    of_invoice = and_(Invoice.id == Push.document_id, Push.document_kind == invoice)
    of_customer = and_(Customer.id == Push.document_id, Push.document_kind == customer)
    rows = db.session.execute(
        select(
            Push.connection_id,
            func.coalesce(Invoice.number, Customer.name, Push.asked["name"].astext, ""),
        )
        .outerjoin(Invoice, of_invoice)
        .outerjoin(Customer, of_customer)
        .where(
            Push.connection_id.in_(connection_ids),
            Push.state == PushState.PUSHING,
            Push.first_sent_at.is_not(None),
            or_(Push.claimed_until > now, Push.document_kind.in_((customer, item))),
        )
        .order_by(Push.first_sent_at.desc(), Push.id.desc())
        .limit(_UNDER_WAY)
    )
    found: dict[int, list[str]] = {number: [] for number in connection_ids}
    for connection_id, name in rows:
        found[connection_id].append(name)
    return found


def lately(connection_ids: Sequence[int], now: datetime) -> dict[int, Lately]:
    """Count the documents brought to an answer in the last minute."""
    rows = db.session.execute(
        select(Attempt.connection_id, func.count(), func.min(Attempt.started_at))
        .where(
            Attempt.connection_id.in_(connection_ids),
            Attempt.started_at > now - _PACE_OF,
            Attempt.outcome.not_in(_ROUND_AGAIN),
        )
        .group_by(Attempt.connection_id)
    )
    return {number: Lately(count, since) for number, count, since in rows}
