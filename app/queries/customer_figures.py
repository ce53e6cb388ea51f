"""What customers were invoiced, owe and are contracted for; voided invoices count nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import Date

from app.domain.contracted import Billed, Contracted, contracted, counts_from
from app.domain.money import round_money
from app.domain.states import IN_LEDGER, InvoiceStatus, SyncState
from app.extensions import db
from app.models import Invoice, InvoiceLine

OWED = (InvoiceStatus.OPEN, InvoiceStatus.PART_PAID)
_REFUSED = (SyncState.FAILED, SyncState.DEAD)


@dataclass(slots=True)
class Sum:
    """A count of invoices and their money, each currency for itself."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.count)

    def add(self, count: int, amount: Decimal | None, currency: str) -> None:
        """Add the invoices of one currency."""
        if count:
            self.count += count
            self.sums[currency] = round_money(amount or Decimal(0), currency)


@dataclass(slots=True)
class Figures:
    """One customer's invoices: of this month, owed, late, and all of them.

    refused, elsewhere: of this month's, how many a ledger refused, and how many are in none yet.
    """

    month: Sum = field(default_factory=Sum)
    owed: Sum = field(default_factory=Sum)
    late: Sum = field(default_factory=Sum)
    refused: int = 0
    elsewhere: int = 0
    count: int = 0
    first: date | None = None
    newest: date | None = None
    contracted: Contracted = field(default_factory=Contracted)


def figures_of(customer_ids: Collection[int], today: date) -> dict[int, Figures]:
    """Return the figures of some customers, by id, in two queries however many they are."""
    found = {customer_id: Figures() for customer_id in customer_ids}
    for row in db.session.execute(_invoices(customer_ids, today)):
        _take(found[row.customer_id], row)
    for customer_id, billed in _recurring(customer_ids, today).items():
        found[customer_id].contracted = contracted(billed, today)
    return found


def _invoices(customer_ids: Collection[int], today: date) -> Select[*tuple[Any, ...]]:
    month = Invoice.issue_date.between(today.replace(day=1), today)
    owed = Invoice.status.in_(OWED) & (Invoice.balance > 0)
    late = owed & (Invoice.due_date < today)
    in_ledger = Invoice.sync_state.in_(IN_LEDGER)
    refused = Invoice.sync_state.in_(_REFUSED)
    return (
        select(
            Invoice.customer_id,
            Invoice.currency,
            func.count().label("count"),
            func.min(Invoice.issue_date).label("first"),
            func.max(Invoice.issue_date).label("newest"),
            *_part("month", Invoice.total, month),
            *_part("owed", Invoice.balance, owed),
            *_part("late", Invoice.balance, late),
            func.count().filter(month & refused).label("refused"),
            func.count().filter(month & ~in_ledger & ~refused).label("elsewhere"),
        )
        .where(Invoice.customer_id.in_(customer_ids), Invoice.status != InvoiceStatus.VOID)
        .group_by(Invoice.customer_id, Invoice.currency)
    )


def _part(
    name: str, amount: InstrumentedAttribute[Decimal], matching: ColumnElement[bool]
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    count = func.count().filter(matching).label(f"{name}_count")
    return count, func.sum(amount).filter(matching).label(f"{name}_sum")


def _take(figures: Figures, row: Any) -> None:
    figures.month.add(row.month_count, row.month_sum, row.currency)
    figures.owed.add(row.owed_count, row.owed_sum, row.currency)
    figures.late.add(row.late_count, row.late_sum, row.currency)
    figures.refused += row.refused
    figures.elsewhere += row.elsewhere
    figures.count += row.count
    figures.first = min(figures.first or row.first, row.first)
    figures.newest = max(figures.newest or row.newest, row.newest)


def _recurring(customer_ids: Collection[int], today: date) -> dict[int, list[Billed]]:
    """Return what was on recurring invoices lately, by customer: a row a service and month."""
    month = cast(func.date_trunc("month", Invoice.issue_date), Date)
    included = Invoice.prices == "tax_inclusive"
    net = case((included, InvoiceLine.amount - InvoiceLine.tax_amount), else_=InvoiceLine.amount)
    rows = db.session.execute(
        select(
            Invoice.customer_id, InvoiceLine.service_code, Invoice.currency, month, func.sum(net)
        )
        .join(
            InvoiceLine,
            (InvoiceLine.invoice_id == Invoice.id) & (InvoiceLine.revision == Invoice.revision),
        )
        .where(
            Invoice.customer_id.in_(customer_ids),
            Invoice.recurring,
            Invoice.status != InvoiceStatus.VOID,
            Invoice.issue_date >= counts_from(today),
        )
        .group_by(Invoice.customer_id, InvoiceLine.service_code, Invoice.currency, month)
    )
    found: dict[int, list[Billed]] = defaultdict(list)
    for customer_id, service, currency, of, amount in rows:
        found[customer_id].append(Billed(service, currency, of, round_money(amount, currency)))
    return found
