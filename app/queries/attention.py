"""What needs a person, grouped by cause: one fix, one row, with the money that waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, distinct, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.drift import Kind
from app.domain.money import round_money
from app.domain.states import ConnectionState, DocumentKind, SyncState
from app.domain.undo import TAKEN_BACK
from app.extensions import db
from app.models import Connection, CreditNote, Customer, DocumentLink, Drift, Invoice
from app.queries.cause import Cause, cause_of_drift
from app.queries.counts import booked, changed_there, needs_person, taken_back
from app.queries.credit_notes import needs_somebody

# Customers named in a row of the list.
_NAMED = 3
# What the problem of a cause's oldest invoice says.
_SAID = ("title", "what_to_do", "where", "ledger_message", "ledger_request_id")


def not_in_ledger(home_currency: str) -> list[Cause]:
    """Return what keeps invoices, or changes of them, out of the ledger, dearest first.

    Each invoice counts once.
    """
    found = _merged(db.session.execute(_stopped()))
    return dearest_first([*found, *_silent(found)], home_currency)


def differences(home_currency: str) -> list[Cause]:
    """Return what differs between the books and nobody decided about, dearest first."""
    causes: dict[tuple[int, str], Cause] = {}
    for row in db.session.execute(_drifts()):
        about = cause_of_drift(row.kind, row.document_kind)
        cause = causes.setdefault(
            (row.connection_id, about),
            Cause(about, connection_id=row.connection_id, provider=row.provider),
        )
        cause.count += row.drifts
        kind = f"{row.document_kind}:{row.kind}"
        cause.kinds[kind] = cause.kinds.get(kind, 0) + row.drifts
        _add(cause.sums, row.currency, row.gross)
        _add(cause.net, row.currency, _net(row))
    return dearest_first([*causes.values(), *_changed_there()], home_currency)


def _net(row: Row[Any]) -> Decimal:
    """Return what differences are in money: more credit is less of it, and its use is none."""
    if row.document_kind != DocumentKind.CREDIT_NOTE:
        return Decimal(row.net)
    return Decimal(0) if row.kind == Kind.BALANCE else -Decimal(row.net)


def credit_notes() -> list[Cause]:
    """Return the credit notes that need somebody; their money is in no sum of the invoices."""
    wanted = select(CreditNote.id, CreditNote.number).where(needs_somebody())
    rows = db.session.execute(wanted.order_by(CreditNote.id)).all()
    if not rows:
        return []
    return [Cause("credit_notes", count=len(rows), invoice_id=rows[0].id, number=rows[0].number)]


def _changed_there() -> list[Cause]:
    """Return what somebody edited, voided or deleted in a ledger since the last comparison."""
    causes: dict[int, Cause] = {}
    for row in db.session.execute(_changes()):
        cause = causes.setdefault(
            row.connection_id,
            Cause(
                "changed_there",
                connection_id=row.connection_id,
                provider=row.provider,
                invoice_id=row.invoice_id,
                number=row.number,
            ),
        )
        cause.count += row.invoices
        cause.kinds[row.sync_state] = cause.kinds.get(row.sync_state, 0) + row.invoices
        _add(cause.sums, row.currency, row.gross)
    return list(causes.values())


def dearest_first(causes: Iterable[Cause], home_currency: str) -> list[Cause]:
    """Sort by the money in the workspace's own currency, then by the rest of it."""
    return sorted(
        causes,
        key=lambda cause: (
            -cause.sums.get(home_currency, Decimal(0)),
            -sum(cause.sums.values(), Decimal(0)),
            -cause.count,
        ),
    )


def totals(causes: Sequence[Cause]) -> dict[str, Decimal]:
    """Add causes up, each currency for itself."""
    sums: dict[str, Decimal] = {}
    for cause in causes:
        for currency, amount in cause.sums.items():
            _add(sums, currency, amount)
    return sums


def _stopped() -> Select[*tuple[Any, ...]]:
    """Group invoices by the first thing each waits for."""
    first = Invoice.problem["missing"][0]
    blocked, refused = SyncState.BLOCKED, SyncState.FAILED
    kind = case(
        (Invoice.sync_state == blocked, func.coalesce(first["kind"].astext, "document")),
        (Invoice.sync_state == refused, "refused"),
        (Invoice.sync_state == SyncState.DEAD, "gave_up"),
        (and_(Invoice.sync_state == SyncState.HELD, taken_back()), TAKEN_BACK),
        (Invoice.sync_state == SyncState.HELD, "review"),
        else_="standing",
    ).label("kind")
    code = case(
        (Invoice.sync_state == blocked, first["code"].astext),
        (Invoice.sync_state.in_((refused, SyncState.DEAD)), Invoice.problem["code"].astext),
    ).label("code")
    name = case((Invoice.sync_state == blocked, first["name"].astext)).label("name")
    is_booked = booked().label("booked")
    return (
        select(
            kind,
            code,
            name,
            is_booked,
            Invoice.currency,
            Invoice.connection_id,
            Connection.provider,
            Connection.company_name,
            Connection.state.label("connection_state"),
            func.count().label("invoices"),
            func.sum(Invoice.total).label("total"),
            func.min(Invoice.finalised_at).label("oldest"),
            _oldest(Invoice.id).label("invoice_id"),
            _oldest(Invoice.number).label("number"),
            *(_oldest(Invoice.problem[name].astext).label(name) for name in _SAID),
            func.count(distinct(Invoice.customer_id)).label("customers"),
            _several(Customer.name)[1:_NAMED].label("named"),
        )
        .join(Customer, Customer.id == Invoice.customer_id)
        .outerjoin(Connection, Connection.id == Invoice.connection_id)
        .where(needs_person())
        .group_by(
            kind,
            code,
            name,
            is_booked,
            Invoice.currency,
            Invoice.connection_id,
            Connection.provider,
            Connection.company_name,
            Connection.state,
        )
        .order_by(func.count().desc(), Invoice.currency)
    )


def _oldest(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column of the group's oldest invoice."""
    ordered = aggregate_order_by(column, Invoice.finalised_at, Invoice.id)
    values: ColumnElement[Any] = func.array_agg(ordered, type_=ARRAY(column.type))[1]
    return values


def _several(column: InstrumentedAttribute[str]) -> ColumnElement[Any]:
    values: ColumnElement[Any] = func.array_agg(distinct(column), type_=ARRAY(column.type))
    return values


def _merged(rows: Iterable[Row[Any]]) -> list[Cause]:
    """Put the currencies of one cause together."""
    causes: dict[tuple[Any, ...], Cause] = {}
    for row in rows:
        key = (row.kind, row.code, row.connection_id)
        cause = causes.setdefault(key, _cause(row))
        cause.count += row.invoices
        if row.booked:
            cause.changes += row.invoices
        else:
            _add(cause.sums, row.currency, row.total)
        cause.oldest = min(cause.oldest or row.oldest, row.oldest)
        cause.customers += row.customers
        cause.named = list(dict.fromkeys([*cause.named, *row.named]))[:_NAMED]
    return list(causes.values())


def _cause(row: Row[Any]) -> Cause:
    return Cause(
        kind=row.kind,
        code=row.code or "",
        name=row.name or row.code or "",
        connection_id=row.connection_id,
        provider=row.provider or "",
        company_name=row.company_name or "",
        connection_state=row.connection_state or "",
        invoice_id=row.invoice_id,
        number=row.number,
        title=row.title or "",
        what_to_do=row.what_to_do or "",
        where=row.where or "",
        ledger_message=row.ledger_message or "",
        ledger_request_id=row.ledger_request_id or "",
    )


def _silent(causes: Sequence[Cause]) -> list[Cause]:
    """Return the broken connections that nothing waits for: payments do not come back either."""
    heard = {cause.connection_id for cause in causes if cause.kind == "standing"}
    rows = db.session.execute(
        select(Connection.id, Connection.provider, Connection.company_name).where(
            Connection.state == ConnectionState.BROKEN
        )
    )
    return [
        Cause(
            "standing",
            connection_id=row.id,
            provider=row.provider,
            company_name=row.company_name,
            connection_state=ConnectionState.BROKEN,
        )
        for row in rows
        if row.id not in heard
    ]


def _drifts() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Drift.connection_id,
            Connection.provider,
            Drift.document_kind,
            Drift.kind,
            Drift.currency,
            func.count().label("drifts"),
            func.sum(func.abs(Drift.amount)).label("gross"),
            func.sum(Drift.amount).label("net"),
        )
        .join(Connection, Connection.id == Drift.connection_id)
        .where(
            Drift.closed_at.is_(None),
            Drift.decision.is_(None),
            Connection.state != ConnectionState.DISCONNECTED,  # nobody compares it any more
        )
        .group_by(
            Drift.connection_id,
            Connection.provider,
            Drift.document_kind,
            Drift.kind,
            Drift.currency,
        )
        .order_by(Drift.connection_id, Drift.document_kind.desc(), Drift.kind)
    )


def _changes() -> Select[*tuple[Any, ...]]:
    apart = func.abs(func.coalesce(DocumentLink.ledger_total, Invoice.total) - Invoice.total)
    differs = Invoice.sync_state == SyncState.DIFFERS
    return (
        select(
            Invoice.connection_id,
            Connection.provider,
            Invoice.sync_state,
            Invoice.currency,
            func.count().label("invoices"),
            func.sum(case((differs, apart), else_=Invoice.total)).label("gross"),
            _oldest(Invoice.id).label("invoice_id"),
            _oldest(Invoice.number).label("number"),
        )
        .join(Connection, Connection.id == Invoice.connection_id)
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == Invoice.connection_id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.document_id == Invoice.id,
            ),
        )
        .where(changed_there())
        .group_by(Invoice.connection_id, Connection.provider, Invoice.sync_state, Invoice.currency)
        .order_by(Invoice.connection_id, Invoice.sync_state)
    )


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, Decimal(0)) + round_money(amount, currency)
