"""Services that recurred and are on no invoice since: what a schedule may have forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Interval, Select, case, cast, func, literal, select

from app.domain.contracted import counts_from
from app.domain.money import round_money
from app.domain.states import InvoiceStatus
from app.extensions import db
from app.models import Invoice, InvoiceLine, Service

# A month's invoice is not missing on the very day: billing may run at night, or after a weekend.
_GRACE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class NotBilled:
    """A service that was to be invoiced again by now; net: of its last recurring invoice."""

    name: str
    currency: str
    net: Decimal
    last: date
    expected: date


def not_billed_of(customer_id: int, today: date) -> Sequence[NotBilled]:
    """Return the services of a customer that are on no invoice a month after their last, dearest.

    Only what was on a recurring invoice in the two months before this one: older has ended.
    """
    found = _missing([customer_id], today)
    rows = db.session.execute(
        select(found, Service.name)
        .outerjoin(
            Service,
            (Service.code == found.c.code) & (Service.workspace_id == found.c.workspace_id),
        )
        .order_by(found.c.net.desc(), found.c.code)
    )
    return [
        NotBilled(
            row.name or row.code,
            row.currency,
            round_money(row.net, row.currency),
            row.last,
            row.expected,
        )
        for row in rows
        if row.net > 0
    ]


def with_service_not_billed(today: date) -> Select[Any]:
    """Select the ids of the customers who have such a service."""
    found = _missing(None, today)
    return select(found.c.customer_id).where(found.c.net > 0).distinct()


def _missing(customer_ids: Collection[int] | None, today: date) -> Any:
    """Select a row for each service: its last invoices, where they recurred and none came after."""
    begin = counts_from(counts_from(today))
    included = Invoice.prices == "tax_inclusive"
    net = case((included, InvoiceLine.amount - InvoiceLine.tax_amount), else_=InvoiceLine.amount)
    newest = func.max(Invoice.issue_date).over(
        partition_by=(Invoice.customer_id, InvoiceLine.service_code)
    )
    lines = (
        select(
            Invoice.workspace_id,
            Invoice.customer_id,
            InvoiceLine.service_code.label("code"),
            Invoice.currency,
            Invoice.issue_date,
            Invoice.recurring,
            net.label("net"),
            newest.label("newest"),
        )
        .join(
            InvoiceLine,
            (InvoiceLine.invoice_id == Invoice.id) & (InvoiceLine.revision == Invoice.revision),
        )
        .where(
            Invoice.status != InvoiceStatus.VOID,
            Invoice.issue_date >= begin,
            InvoiceLine.service_code.is_not(None),
            *_of(customer_ids),
        )
        .subquery()
    )
    again = cast(lines.c.newest + cast(literal("1 month"), Interval), Date)
    return (
        select(
            lines.c.workspace_id,
            lines.c.customer_id,
            lines.c.code,
            lines.c.currency,
            lines.c.newest.label("last"),
            again.label("expected"),
            func.sum(lines.c.net).label("net"),
        )
        .where(lines.c.issue_date == lines.c.newest, lines.c.recurring, again < today - _GRACE)
        .group_by(
            lines.c.workspace_id,
            lines.c.customer_id,
            lines.c.code,
            lines.c.currency,
            lines.c.newest,
        )
        .subquery()
    )


def _of(customer_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [] if customer_ids is None else [Invoice.customer_id.in_(customer_ids)]
