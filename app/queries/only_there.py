"""The ledger's own invoices that none of billing's is linked to, as last read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from app.domain.book_status import BookStatus, book_status
from app.domain.money import round_money
from app.domain.states import ConnectionState, DocumentKind
from app.extensions import db
from app.models import Connection, LedgerInvoiceRow
from app.queries.found import escape_like
from app.queries.invoices import PAGE
from app.queries.own_writes import not_ours

_BEGINNING = date(1, 1, 1)  # where the ledger says no date
_DATED = func.coalesce(LedgerInvoiceRow.issue_date, _BEGINNING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows; before: the last row of the page before, as (date, id)."""

    typed: str = ""
    status: str = ""
    connection_id: int | None = None
    before: tuple[date, int] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One of the ledger's invoices, with how it stands there."""

    there: LedgerInvoiceRow
    connection: Connection
    currency: str
    status: BookStatus


@dataclass(frozen=True, slots=True)
class Page:
    """One page, newest first, and what the whole filter comes to; each currency for itself."""

    rows: Sequence[Row]
    more: tuple[date, int] | None
    count: int
    sums: dict[str, Decimal]


def page(wanted: Wanted, today: date) -> Page:
    """Return one page of what is in the books and not from billing."""
    # Found once, for the page and for its sums: nearly all of a book is billing's.
    found = (
        select(
            LedgerInvoiceRow.id,
            _DATED.label("dated"),
            func.coalesce(LedgerInvoiceRow.currency, Connection.home_currency).label("currency"),
            LedgerInvoiceRow.total,
        )
        .join(Connection, Connection.id == LedgerInvoiceRow.connection_id)
        .where(*_which(wanted, today))
        .cte()
        .prefix_with("MATERIALIZED")
    )
    here = select(found.c.id).order_by(found.c.dated.desc(), found.c.id.desc()).limit(PAGE + 1)
    if wanted.before is not None:
        here = here.where(tuple_(found.c.dated, found.c.id) < tuple_(*map(literal, wanted.before)))
    listed = here.subquery()
    of_all = select(
        null().label("id"), found.c.currency, func.count(), func.sum(found.c.total)
    ).group_by(found.c.currency)
    both = db.session.execute(union_all(of_all, select(listed.c.id, null(), null(), null()))).all()
    ids = [row[0] for row in both if row[0] is not None]
    sums = {row[1]: (row[2], round_money(row[3], row[1])) for row in both if row[0] is None}
    rows = _rows(ids)
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return Page(
        [_row(*row, today) for row in rows[:PAGE]],
        (last.issue_date or _BEGINNING, last.id) if last else None,
        sum(count for count, _ in sums.values()),
        {currency: amount for currency, (_, amount) in sums.items()},
    )


def _rows(ids: Sequence[int]) -> Sequence[tuple[LedgerInvoiceRow, Connection]]:
    found = db.session.execute(
        select(LedgerInvoiceRow, Connection)
        .join(Connection, Connection.id == LedgerInvoiceRow.connection_id)
        .where(LedgerInvoiceRow.id.in_(ids))
        .order_by(_DATED.desc(), LedgerInvoiceRow.id.desc())
    )
    return [(row[0], row[1]) for row in found]


def _row(there: LedgerInvoiceRow, connection: Connection, today: date) -> Row:
    return Row(there, connection, there.currency or connection.home_currency, status(there, today))


def status(there: LedgerInvoiceRow, today: date) -> BookStatus:
    """Return how an invoice stands in the ledger."""
    gone = there.voided or there.deleted
    return book_status(there.total, there.balance, there.due_date, today, gone=gone)


def _which(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [
        Connection.state != ConnectionState.DISCONNECTED,
        ~LedgerInvoiceRow.deleted,
        not_ours(LedgerInvoiceRow, DocumentKind.INVOICE),
    ]
    if wanted.typed:
        like = f"%{escape_like(wanted.typed)}%"
        named = LedgerInvoiceRow.customer_name.ilike(like)
        which.append(or_(LedgerInvoiceRow.number.ilike(like), named))
    if wanted.connection_id is not None:
        which.append(LedgerInvoiceRow.connection_id == wanted.connection_id)
    if wanted.status in set(BookStatus):
        which.append(_stands(BookStatus(wanted.status), today))
    return which


def _stands(wanted: BookStatus, today: date) -> ColumnElement[bool]:
    """Match what book_status calls so."""
    there = LedgerInvoiceRow
    if wanted == BookStatus.VOID:
        return and_(there.voided)
    paid = there.balance <= 0
    if wanted == BookStatus.PAID:
        return and_(~there.voided, paid)
    late = func.coalesce(there.due_date < today, False)
    owed = and_(~there.voided, not_(paid))
    if wanted == BookStatus.OVERDUE:
        return and_(owed, late)
    whole = there.balance >= there.total
    return and_(owed, not_(late), whole if wanted == BookStatus.OPEN else not_(whole))
