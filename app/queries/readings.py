"""How far each company's book has been read where its change feed is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from app.domain.reading import BookKind, Reason
from app.extensions import db
from app.models import (
    Connection,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    Reading,
)

_MIRROR = {
    BookKind.CUSTOMER: LedgerCustomerRow,
    BookKind.PAYMENT: LedgerPaymentRow,
    BookKind.INVOICE: LedgerInvoiceRow,
    BookKind.CREDIT_NOTE: LedgerCreditRow,
}


@dataclass(slots=True)
class Progress:
    """How far one reading has come; parts are kinds of document, each read or looked for.

    documents: what was read of them; customers are none.
    since: what a catch-up goes back to. calls: what the ledger counted.
    """

    reason: Reason
    since: datetime | None = None
    parts: int = 0
    read: int = 0
    documents: int = 0
    gone: int = 0
    calls: int = 0
    finished_at: datetime | None = None

    @property
    def finished(self) -> bool:
        """Tell whether everything is read."""
        return self.read == self.parts


@dataclass(slots=True)
class Readings:
    """What is read of one company besides its feed; unreadable: ids by kind of document."""

    history_from: date | None = None
    history: Progress | None = None
    catch_up: Progress | None = None
    unreadable: dict[BookKind, list[str]] = field(default_factory=dict)


def readings(connections: Sequence[Connection]) -> dict[int, Readings]:
    """Return how far these companies are read: one query, and one for what could not be."""
    found = {one.id: Readings(one.history_from) for one in connections}
    rows = db.session.scalars(
        select(Reading).where(Reading.connection_id.in_(found)).order_by(Reading.id)
    ).all()
    for connection_id, of_one in found.items():
        mine = [row for row in rows if row.connection_id == connection_id and row.due_at is None]
        of_one.history = _progress(mine, Reason.HISTORY)
        catch_up = [row for row in mine if row.reason == Reason.CATCH_UP]
        newest = max((row.started_at for row in catch_up), default=None)
        latest = [row for row in catch_up if row.started_at == newest]
        of_one.catch_up = _progress(latest, Reason.CATCH_UP)
    for row in rows:
        if row.unreadable:
            _add_unreadable(found[row.connection_id], row)
    return found


def _progress(rows: Sequence[Reading], reason: Reason) -> Progress | None:
    """Add the steps up; a kind is read when all its windows are."""
    mine = [row for row in rows if row.reason == reason]
    if not mine:
        return None
    parts = {(row.kind, row.task) for row in mine}
    open_ = {(row.kind, row.task) for row in mine if row.finished_at is None}
    return Progress(
        reason,
        since=min((row.since for row in mine if row.since), default=None),
        parts=len(parts),
        read=len(parts - open_),
        documents=sum(row.documents for row in mine if row.kind != BookKind.CUSTOMER),
        gone=sum(row.gone for row in mine),
        calls=sum(row.calls for row in mine),
        finished_at=max((row.finished_at for row in mine if row.finished_at), default=None),
    )


def _add_unreadable(found: Readings, row: Reading) -> None:
    """Note what could not be read and was not read since either."""
    kind = BookKind(row.kind)
    model = _MIRROR[kind]
    read = db.session.scalars(
        select(model.ledger_id).where(
            model.connection_id == row.connection_id,
            model.ledger_id.in_(row.unreadable),
            model.read_at > row.started_at,
        )
    ).all()
    left = [str(one) for one in row.unreadable if one not in read]
    if left:
        found.unreadable.setdefault(kind, []).extend(left)
