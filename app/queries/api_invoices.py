"""Documents as the API shows them: what billing said, where they are, what was paid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Select, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from app.domain.money import round_money
from app.domain.payments import settled_otherwise
from app.domain.public_id import public_id
from app.domain.states import SALES, SyncState
from app.extensions import db
from app.models import (
    OF_PAYMENT,
    Customer,
    DocumentLink,
    Invoice,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    Push,
    SalesDocument,
)
from app.queries.cursor import read_cursor, write_cursor
from app.usecases.places import with_link

_OURS = re.compile(r"lb-([0-9]{1,18})")
Json = dict[str, Any]
Place = tuple[int, str]  # of a ledger's invoice: its connection and its id there
D = TypeVar("D", bound=SalesDocument)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices a caller asks for; None asks for all."""

    status: str | None = None
    sync_state: str | None = None
    number: str | None = None
    customer: str | None = None  # billing's id
    changed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents, and where to go on; None when there are no more."""

    documents: list[Json]
    next_cursor: str | None


def find(table: type[D], workspace_id: int, name: str) -> D | None:
    """Find a document by billing's id or by ours; where both exist, billing's counts."""
    mine = select(table).where(table.workspace_id == workspace_id)
    found = db.session.scalar(mine.where(table.external_id == name))
    ours = _OURS.fullmatch(name)
    if found is None and ours:
        return db.session.scalar(mine.where(table.id == int(ours[1])))
    return found


def find_invoice(workspace_id: int, name: str) -> Invoice | None:
    """Find an invoice by billing's id or by ours; where both exist, billing's counts."""
    return find(Invoice, workspace_id, name)


def show_invoice(invoice: Invoice) -> Json:
    """Return one invoice as in the public contract."""
    return _show([invoice])[0]


def list_invoices(workspace_id: int, wanted: Wanted, cursor: str | None, limit: int) -> Page:
    """Return invoices, newest first; with changed_since what changed first. Raises BadCursor."""
    page, following = listed(Invoice, workspace_id, wanted, cursor, limit)
    return Page(_show(page), following)


def listed(
    table: type[D], workspace_id: int, wanted: Wanted, cursor: str | None, limit: int
) -> tuple[Sequence[D], str | None]:
    """Return documents of a kind, and where to go on; raises BadCursor."""
    query = _filtered(table, workspace_id, wanted).options(joinedload(table.connection))
    if wanted.changed_since:
        query = _in_order_of_change(table, query, wanted.changed_since, cursor)
    else:
        query = _newest_first(table, query, cursor)
    found = db.session.scalars(query.limit(limit + 1)).all()
    page = found[:limit]
    if len(found) == len(page):
        return page, None
    reached = page[-1].updated_at if wanted.changed_since else page[-1].created_at
    return page, write_cursor(reached, page[-1].id)


def _newest_first(table: type[D], query: Select[D], cursor: str | None) -> Select[D]:
    if cursor:
        query = query.where(tuple_(table.created_at, table.id) < read_cursor(cursor))
    return query.order_by(table.created_at.desc(), table.id.desc())


def _in_order_of_change(
    table: type[D], query: Select[D], since: datetime, cursor: str | None
) -> Select[D]:
    query = query.where(table.updated_at >= since)
    if cursor:
        query = query.where(tuple_(table.updated_at, table.id) > read_cursor(cursor))
    return query.order_by(table.updated_at, table.id)


def _filtered(table: type[D], workspace_id: int, wanted: Wanted) -> Select[D]:
    query = select(table).where(table.workspace_id == workspace_id)
    if wanted.status:
        query = query.where(table.status == wanted.status)
    if wanted.sync_state:
        query = query.where(table.sync_state == wanted.sync_state)
    if wanted.number:
        query = query.where(table.number == wanted.number)
    if wanted.customer:
        query = query.join(Customer, Customer.id == table.customer_id).where(
            Customer.workspace_id == workspace_id, Customer.external_id == wanted.customer
        )
    return query


def _show(invoices: Sequence[Invoice]) -> list[Json]:
    """Show several invoices with a few questions to the database, however many there are."""
    links = links_of(invoices)
    places = {i.id: (i.connection_id or 0, _there(i, links.get(i.id))) for i in invoices}
    attempts, payments = attempts_of(invoices), _payments(list(places.values()))
    settled = _settled([places[i.id] for i in invoices if i.id not in links])
    settled |= {places[ours]: link.settled for ours, link in links.items()}
    return [
        _one(
            i,
            links.get(i.id),
            attempts.get(i.id, 0),
            payments.get(places[i.id], []),
            settled.get(places[i.id]),
        )
        for i in invoices
    ]


def _there(invoice: Invoice, link: DocumentLink | None) -> str:
    """Return which of the ledger's it is, or was when a disconnect unlinked it; "" for none."""
    return link.ledger_id if link else invoice.linked_before or ""


def _settled(places: Sequence[Place]) -> dict[Place, Decimal]:
    """Return what was settled of the ledger's invoices, as they were last read."""
    known = [place for place in places if place[1]]
    if not known:
        return {}
    row = LedgerInvoiceRow
    rows = db.session.execute(
        select(row.connection_id, row.ledger_id, row.total - row.balance).where(
            tuple_(row.connection_id, row.ledger_id).in_(known)
        )
    )
    return {(connection_id, ledger_id): paid for connection_id, ledger_id, paid in rows}


def _one(
    invoice: Invoice,
    link: DocumentLink | None,
    attempts: int,
    payments: Sequence[tuple[LedgerPaymentRow, Decimal]],
    settled: Decimal | None,
) -> Json:
    return {
        "id": public_id(invoice.id),
        "external_id": invoice.external_id,
        "number": invoice.number,
        "currency": invoice.currency,
        "total": amount(invoice.total, invoice.currency),
        "balance": amount(invoice.balance, invoice.currency),
        "status": invoice.status,
        "sync": sync_of(invoice, link, attempts),
        "payments": [
            {
                "ledger_id": payment.ledger_id,
                "amount": amount(part, invoice.currency),
                "date": payment.received_on.isoformat() if payment.received_on else None,
                "reference": payment.reference,
                "kind": payment.kind,
            }
            for payment, part in payments
        ],
        "settled_otherwise": _otherwise(invoice, settled, [part for _, part in payments]),
    }


def _otherwise(invoice: Invoice, settled: Decimal | None, parts: Sequence[Decimal]) -> str | None:
    """Say what no payment explains; None: by what it was paid is not known any more."""
    if settled is None and invoice.sync_state == SyncState.UNLINKED:
        return None
    return amount(settled_otherwise(settled or Decimal(0), parts), invoice.currency)


def sync_of(invoice: SalesDocument, link: DocumentLink | None, attempts: int) -> Json:
    """Say where a document is on its way."""
    connection = invoice.connection
    return {
        "state": invoice.sync_state,
        "connection": str(connection.id) if connection else None,
        "ledger": connection.provider if connection else None,
        "ledger_id": link.ledger_id if link else None,
        "ledger_url": link.url if link else None,
        "pushed_at": moment(link.pushed_at) if link else None,
        "attempts": attempts,
        "problem": with_link(invoice.problem, invoice, link.url if link else None),
    }


def links_of(invoices: Sequence[SalesDocument]) -> dict[int, DocumentLink]:
    """Return what the ledger holds, by our id; of the connection an invoice belongs to."""
    homes = {invoice.id: invoice.connection_id for invoice in invoices}
    found = db.session.scalars(
        select(DocumentLink).where(
            DocumentLink.document_kind.in_(SALES), DocumentLink.document_id.in_(homes)
        )
    )
    return {
        link.document_id: link for link in found if link.connection_id == homes[link.document_id]
    }


def attempts_of(invoices: Sequence[SalesDocument]) -> dict[int, int]:
    """Return how often the newest intention was tried, by our id."""
    found = db.session.execute(
        select(Push.document_id, Push.attempts)
        .where(
            Push.document_kind.in_(SALES),
            Push.document_id.in_([invoice.id for invoice in invoices]),
        )
        .ext(distinct_on(Push.document_id))
        .order_by(Push.document_id, Push.id.desc())
    )
    return dict(found.all())


def _payments(
    there: Sequence[Place],
) -> dict[Place, list[tuple[LedgerPaymentRow, Decimal]]]:
    """Return the live payments of ledger invoices, each with the part that settles it."""
    settled = tuple_(LedgerSettlementRow.connection_id, LedgerSettlementRow.invoice_ledger_id)
    found = db.session.execute(
        select(LedgerSettlementRow, LedgerPaymentRow)
        .join(LedgerPaymentRow, OF_PAYMENT)
        .where(
            settled.in_(there),
            LedgerPaymentRow.deleted.is_(False),
            LedgerPaymentRow.voided.is_(False),
        )
        .order_by(LedgerPaymentRow.received_on, LedgerPaymentRow.id)
    )
    by_invoice: dict[Place, list[tuple[LedgerPaymentRow, Decimal]]] = {}
    for part, payment in found:
        key = (part.connection_id, part.invoice_ledger_id)
        by_invoice.setdefault(key, []).append((payment, part.amount))
    return by_invoice


def amount(value: Decimal, currency: str | None) -> str:
    """Write money as the contract does: a string with the currency's decimals."""
    return f"{round_money(value, currency or ''):f}"


def moment(value: datetime) -> str:
    """Write a moment as the contract does: 2026-11-20T09:30:00Z."""
    return value.isoformat().replace("+00:00", "Z")
