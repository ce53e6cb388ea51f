"""Today's figures, the last thirty days, and how the connections stand; a query each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, case, distinct, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.money import round_money
from app.domain.payments import PaymentKind
from app.domain.states import (
    IN_HAND,
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.extensions import db
from app.models import (
    Attempt,
    Connection,
    Invoice,
    LedgerCreditRow,
    LedgerPaymentRow,
    Push,
    Reconciliation,
)
from app.queries.counts import booked, in_ledger, needs_person
from app.queries.own_writes import not_ours

CHART_DAYS = 30
# A try that began before midnight may have been answered after it.
_LONGEST_TRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A count and its money, each currency for itself; at: the newest of them."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    at: datetime | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What was invoiced on one day, by where it is now."""

    day: date
    in_ledger: Decimal = Decimal(0)
    stopped: Decimal = Decimal(0)
    on_its_way: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """Return all of it."""
        return self.in_ledger + self.stopped + self.on_its_way


def midnight(zone: ZoneInfo, today: date) -> datetime:
    """Return when a day began in a time zone, UTC."""
    return datetime.combine(today, time(), zone).astimezone(UTC)


def pushed_since(since: datetime) -> Figure:
    """Return what our pushes created since a moment, with the totals that were written there.

    As the runs count it: what was only linked was never sent, and what became of it later (voided,
    its company disconnected) changes nothing.
    """
    tried = select(Attempt.push_id).where(Attempt.started_at >= since - _LONGEST_TRY)
    total = func.coalesce(Push.total, Invoice.total)  # not a change that still waits
    return _figure(
        select(Invoice.currency, func.count(), func.sum(total), func.max(Push.finished_at))
        .select_from(Push)
        .join(Invoice, Invoice.id == Push.document_id)
        .where(
            Push.id.in_(tried),  # there is an index for the tries of a day
            Push.document_kind == DocumentKind.INVOICE,
            Push.operation == Operation.CREATE,
            Push.state == PushState.DONE,
            Push.first_sent_at.is_not(None),
            Push.finished_at >= since,
        )
        .group_by(Invoice.currency)
    )


def refused_since(since: datetime) -> int:
    """Count the pushes the ledger refused since a moment and that nobody settled since."""
    return db.session.execute(
        select(func.count(distinct(Attempt.push_id)))
        .join(Push, Push.id == Attempt.push_id)
        .where(
            Attempt.started_at >= since,
            Attempt.outcome == SyncState.FAILED,
            Push.state == PushState.FAILED,
        )
    ).scalar_one()


@dataclass(frozen=True, slots=True)
class Pulled:
    """Payments and refunds that came back, each with its whole amount, as the sync log lists them.

    sums: what was received less what was given back, each currency for itself.
    """

    payments: int
    refunds: int
    sums: dict[str, Decimal]
    at: datetime | None


def payments_since(since: datetime) -> Pulled:
    """Return the payments that came back since a moment, on whosever invoices they are or none.

    Credits put on invoices are no money; what was taken back since does not count.
    """
    row = LedgerPaymentRow
    currency = func.coalesce(row.currency, Connection.home_currency)
    refund = row.kind == PaymentKind.REFUND
    rows = db.session.execute(
        select(
            currency,
            func.count().filter(~refund),
            func.count().filter(refund),
            func.sum(case((refund, -row.amount), else_=row.amount)),
            func.max(row.created_at),
        )
        .join(Connection, Connection.id == row.connection_id)
        .where(
            row.created_at >= since,
            row.kind != PaymentKind.CREDIT,
            ~row.deleted,
            ~row.voided,
            not_ours(row, DocumentKind.CREDIT_APPLICATION),
        )
        .group_by(currency)
    ).all()
    return Pulled(
        payments=sum(one[1] for one in rows),
        refunds=sum(one[2] for one in rows),
        sums={one[0]: round_money(one[3], one[0]) for one in rows},
        at=max((one[4] for one in rows), default=None),
    )


def credits_since(since: datetime) -> Figure:
    """Return the credit notes that others made or changed in the ledger since a moment.

    Those that we wrote bear our mark, also while a disconnect has cleared their links.
    """
    currency = func.coalesce(LedgerCreditRow.currency, Connection.home_currency)
    return _figure(
        select(
            currency,
            func.count(),
            -func.sum(LedgerCreditRow.total),
            func.max(LedgerCreditRow.created_at),
        )
        .join(Connection, Connection.id == LedgerCreditRow.connection_id)
        .where(
            func.coalesce(LedgerCreditRow.updated_there_at, LedgerCreditRow.created_at) >= since,
            ~LedgerCreditRow.deleted,
            ~LedgerCreditRow.voided,
            not_ours(LedgerCreditRow, DocumentKind.CREDIT_NOTE),
            func.coalesce(LedgerCreditRow.marker, "").not_like("%Ledgerbridge %"),
        )
        .group_by(currency)
    )


def queue() -> Figure:
    """Return what is on its way now, and the number of one that is being pushed."""
    pushing = case((Invoice.sync_state == SyncState.PUSHING, Invoice.number))
    return _figure(
        select(
            Invoice.currency,
            func.count(),
            func.sum(Invoice.total),
            func.max(Invoice.finalised_at),
            func.min(pushing),
        )
        .join(Connection, Connection.id == Invoice.connection_id)
        .where(
            Invoice.sync_state.in_(IN_HAND),
            Connection.state == ConnectionState.ACTIVE,
            Connection.live,
        )
        .group_by(Invoice.currency)
    )


def opted_out() -> Figure:
    """Return what is left out on purpose and still owed: opted out, or before the start date."""
    return _figure(
        select(Invoice.currency, func.count(), func.sum(Invoice.total), func.max(Invoice.id))
        .where(
            Invoice.sync_state == SyncState.NOT_SENT,
            Invoice.status.in_((InvoiceStatus.OPEN, InvoiceStatus.PART_PAID)),
        )
        .group_by(Invoice.currency),
        at=False,
    )


def last_days(today: date, currency: str) -> list[Day]:
    """Return what was invoiced on each of the last thirty days, in one currency.

    What is in the ledger counts there, also where a change of it waits, and while its company is
    disconnected.
    """
    first = today - timedelta(days=CHART_DAYS - 1)
    held_there = or_(in_ledger(), Invoice.sync_state == SyncState.UNLINKED)
    there = case((held_there, Invoice.total), else_=0)
    stopped = case((and_(needs_person(), ~booked()), Invoice.total), else_=0)
    under_way = and_(Invoice.sync_state.in_(IN_HAND), ~needs_person(), ~booked())
    on_its_way = case((under_way, Invoice.total), else_=0)
    rows = db.session.execute(
        select(Invoice.issue_date, func.sum(there), func.sum(stopped), func.sum(on_its_way))
        .where(
            Invoice.issue_date.between(first, today),
            Invoice.currency == currency,
            Invoice.status != InvoiceStatus.VOID,
        )
        .group_by(Invoice.issue_date)
    )
    found = {
        row[0]: Day(row[0], *(round_money(each, currency) for each in row[1:])) for row in rows
    }
    days = [first + timedelta(days=n) for n in range(CHART_DAYS)]
    return [found.get(each, Day(each)) for each in days]


def connections() -> list[Connection]:
    """Return the connections in use, or meant to be."""
    return list(
        db.session.scalars(
            select(Connection)
            .where(Connection.state != ConnectionState.DISCONNECTED)
            .order_by(Connection.id)
        )
    )


def latest_checks() -> dict[int, Reconciliation]:
    """Return the newest finished reconciliation of each connection."""
    rows = db.session.scalars(
        select(Reconciliation)
        .where(Reconciliation.verdict != "running")
        .ext(distinct_on(Reconciliation.connection_id))
        .order_by(Reconciliation.connection_id, Reconciliation.started_at.desc())
    )
    return {row.connection_id: row for row in rows}


def invoice_count() -> int:
    """Count all invoices."""
    return db.session.execute(select(func.count()).select_from(Invoice)).scalar_one()


def _figure(statement: Select[*tuple[Any, ...]], *, at: bool = True) -> Figure:
    """Read rows of currency, count, sum, newest and, where asked for, a number."""
    rows = db.session.execute(statement).all()
    newest = [row[3] for row in rows if row[3] is not None] if at else []
    numbers = [row[4] for row in rows if len(row) > 4 and row[4]]
    return Figure(
        count=sum(row[1] for row in rows),
        sums={row[0]: round_money(row[2], row[0]) for row in rows},
        at=max(newest, default=None),
        number=min(numbers, default=None),
    )
