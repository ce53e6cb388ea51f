"""Feeds to poll: each row once, in the order in which rows came, none ever skipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import and_, func, select, text, tuple_

from app.domain.public_id import public_id
from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import (
    Connection,
    Customer,
    CustomerLink,
    DocumentLink,
    Invoice,
    LedgerPaymentRow,
    LedgerSettlementRow,
    OutboundEvent,
)
from app.models.base import WorkspaceRow
from app.queries.api_invoices import amount, moment
from app.queries.cursor import read_cursor, write_cursor

Json = dict[str, Any]
R = TypeVar("R", bound=WorkspaceRow)

# Numbers are handed out before transactions end: a row may appear behind one already read. So a
# feed stops before everything a transaction still under way could add. Nobody here writes for
# longer than a minute; what is older than that is somebody reading, a dump for example.
_UNDER_WAY = text(
    "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND xact_start > clock_timestamp() - interval '1 minute'"
)


@dataclass(frozen=True, slots=True)
class Feed:
    """Some rows, where to go on next time, and whether there are more already."""

    rows: list[Json]
    after: str | None
    more: bool


def events_after(workspace_id: int, after: str | None, limit: int) -> Feed:
    """Return what billing must hear; raises BadCursor."""
    return _feed(OutboundEvent, workspace_id, after, limit, lambda rows: [_event(r) for r in rows])


def payments_after(workspace_id: int, after: str | None, limit: int) -> Feed:
    """Return the payments ledgers recorded, as they stand now; raises BadCursor.

    Each comes once. That one was changed or taken back later is told by an event.
    """
    return _feed(LedgerPaymentRow, workspace_id, after, limit, _payments)


def _feed(
    table: type[R],
    workspace_id: int,
    after: str | None,
    limit: int,
    show: Callable[[list[R]], list[Json]],
) -> Feed:
    horizon: datetime | None = db.session.scalar(_UNDER_WAY)
    query = select(table).where(table.workspace_id == workspace_id)
    if after:
        query = query.where(tuple_(table.created_at, table.id) > read_cursor(after))
    if horizon is not None:
        query = query.where(table.created_at < horizon)
    query = query.order_by(table.created_at, table.id).limit(limit + 1)
    found = list(db.session.scalars(query))
    rows = found[:limit]
    reached = write_cursor(rows[-1].created_at, rows[-1].id) if rows else after
    return Feed(show(rows), reached, len(found) > limit)


def _event(row: OutboundEvent) -> Json:
    return {
        "id": str(row.id),
        "type": row.type,
        "timestamp": moment(row.created_at),
        "data": row.data,
    }


def _payments(rows: list[LedgerPaymentRow]) -> list[Json]:
    settled = _settled(rows)
    ledgers = _ledgers(rows)
    customers = _customers(rows)
    return [
        {
            "id": str(row.id),
            "connection": str(row.connection_id),
            "ledger": ledgers[row.connection_id],
            "ledger_id": row.ledger_id,
            "kind": row.kind,
            "customer_id": customers.get((row.connection_id, row.customer_ledger_id)),
            "customer_ledger_id": row.customer_ledger_id,
            "amount": amount(row.amount, row.currency),
            "unapplied": amount(row.unapplied, row.currency),
            "currency": row.currency,
            "date": row.received_on.isoformat() if row.received_on else None,
            "reference": row.reference,
            "voided": row.voided or row.deleted,
            "invoices": _invoices_of(row, settled),
        }
        for row in rows
    ]


def _invoices_of(row: LedgerPaymentRow, settled: dict[tuple[int, str], list[Json]]) -> list[Json]:
    """Return what a payment settles; a refund may have the id of a payment, and settles nothing."""
    if row.book != BookKind.PAYMENT:
        return []
    return settled.get((row.connection_id, row.ledger_id), [])


def _ledgers(rows: list[LedgerPaymentRow]) -> dict[int, str]:
    found = db.session.scalars(
        select(Connection).where(Connection.id.in_({row.connection_id for row in rows}))
    )
    return {connection.id: connection.provider for connection in found}


def _customers(rows: list[LedgerPaymentRow]) -> dict[tuple[int, str | None], str]:
    """Return billing's ids of those who paid, where it is known who they are.

    Several customers of billing may be one in the ledger: whose the payment is says its invoice.
    """
    who = tuple_(CustomerLink.connection_id, CustomerLink.ledger_id)
    named = [(r.connection_id, r.customer_ledger_id) for r in rows if r.customer_ledger_id]
    found = db.session.execute(
        select(CustomerLink.connection_id, CustomerLink.ledger_id, func.min(Customer.external_id))
        .join(Customer, Customer.id == CustomerLink.customer_id)
        .where(who.in_(named))
        .group_by(CustomerLink.connection_id, CustomerLink.ledger_id)
        .having(func.count() == 1)
    )
    return {(row[0], row[1]): row[2] for row in found}


def _settled(rows: list[LedgerPaymentRow]) -> dict[tuple[int, str], list[Json]]:
    """Return which invoices each payment settles; invoice_id is null for one that is not ours."""
    payment = tuple_(LedgerSettlementRow.connection_id, LedgerSettlementRow.payment_ledger_id)
    link = and_(
        DocumentLink.connection_id == LedgerSettlementRow.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == LedgerSettlementRow.invoice_ledger_id,
    )
    currencies = {(row.connection_id, row.ledger_id): row.currency for row in rows}
    found = db.session.execute(
        select(LedgerSettlementRow, Invoice)
        .outerjoin(DocumentLink, link)
        .outerjoin(Invoice, Invoice.id == DocumentLink.document_id)
        .where(payment.in_(list(currencies)))
        .order_by(LedgerSettlementRow.id)
    )
    by_payment: dict[tuple[int, str], list[Json]] = {}
    for part, invoice in found:
        key = (part.connection_id, part.payment_ledger_id)
        by_payment.setdefault(key, []).append(_settles(part, invoice, currencies[key]))
    return by_payment


def _settles(part: LedgerSettlementRow, invoice: Invoice | None, currency: str | None) -> Json:
    return {
        "invoice_id": public_id(invoice.id) if invoice else None,
        "external_id": invoice.external_id if invoice else None,
        "ledger_id": part.invoice_ledger_id,
        "amount": amount(part.amount, currency),
    }
