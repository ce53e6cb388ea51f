"""Read a long way back, page by page, from a mark that may be kept; and look what is still there.

QuickBooks: Data queries. Positions shift while people work: a document that leaves an earlier page
pulls another one over the edge, unread. So a page begins at the value where the last one ended, and
what has this value comes again. Only where a whole page has one value is the position used too, and
the page then begins before the end of the last one: what left meanwhile hides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.domain.reading import BookKind
from app.ledgers.errors import AskPerson, Gone, LedgerError, Refused
from app.ledgers.interface import Page, Portion
from app.ledgers.quickbooks import payments, queries, reader
from app.ledgers.quickbooks.client import Client

Document = Mapping[str, Any]

ENTITY = {
    BookKind.CUSTOMER: "Customer",
    BookKind.PAYMENT: "Payment",
    BookKind.INVOICE: "Invoice",
    BookKind.CREDIT_NOTE: "CreditMemo",
    BookKind.REFUND: "RefundReceipt",
}
# What brings or takes money, and how each is read.
_MONEY = {BookKind.PAYMENT: payments.money_of, BookKind.REFUND: payments.refunds_of}
ROWS = 500  # documents of a page: QuickBooks lets a page have 1,000
# Of a page inside one value the next reads this part again: of 500, the last 50.
_AGAIN = 10
# One broken record makes the whole answer fail with this.
BROKEN = "4002"
FIRST_DAY = "1970-01-01"  # before any document

_CHANGED, _DATED = "MetaData.LastUpdatedTime", "TxnDate"
# With more than this on one page it is QuickBooks that is broken, not its records.
_MOST_BROKEN = 10


@dataclass(slots=True)
class _Read:
    """What was read so far of one page."""

    client: Client
    entity: str
    documents: list[Document] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    calls: int = 0

    def ask(self, statement: str) -> Sequence[Document]:
        answer = self.client.ask(f"{self.entity.lower()} query", statement)
        self.calls += 1
        return reader.documents(answer, self.entity)

    def page(self, kind: BookKind, mark: str | None = None) -> Page:
        credit = kind == BookKind.CREDIT_NOTE
        sales = kind in (BookKind.INVOICE, BookKind.CREDIT_NOTE)
        found = self.documents
        return Page(
            invoices=tuple(reader.invoice_of(one, credit=credit) for one in found if sales),
            payments=tuple(each for one in found if kind in _MONEY for each in _MONEY[kind](one)),
            customers=tuple(reader.customer_of(one) for one in found if kind == BookKind.CUSTOMER),
            mark=mark,
            told_at=reader.moment(self.client.told),
            calls=self.calls,
            unreadable=tuple(self.unreadable),
        )


@dataclass(frozen=True, slots=True)
class _Where:
    """From which value of which field on a page begins, and at which position of those."""

    entity: str
    conditions: tuple[str, ...]
    order: str
    value: str
    position: int

    def rows(self, skip: int, rows: int) -> str:
        start = self.position + skip
        return queries.select(
            self.entity, *self.conditions, order=self.order, start=start, rows=rows
        )

    def id_of(self, skip: int) -> str:
        start = self.position + skip
        return queries.select_id(self.entity, *self.conditions, order=self.order, start=start)


def read_page(client: Client, wanted: Portion, mark: str | None) -> Page:
    """Read the first page of a portion, or the one a mark stands for: one metered call.

    A record that QuickBooks cannot give (4002) is narrowed down and passed over; the failing calls
    on the way are not metered.
    """
    read = _Read(client, ENTITY[wanted.kind])
    where = _where(wanted, mark)
    if not _gather(read, where, 0, ROWS):
        return read.page(wanted.kind)
    end = _value(read.documents[-1], where.order) if read.documents else where.value
    position = where.position + ROWS - ROWS // _AGAIN if end == where.value else 1
    return read.page(wanted.kind, json.dumps({"value": end, "position": position}))


def find(client: Client, kind: BookKind, ledger_ids: Sequence[str]) -> Page:
    """Read those of these documents that are there: one metered call.

    How long a statement may be is not documented, and one broken record refuses all: what is
    refused is asked again in halves.
    """
    read = _Read(client, ENTITY[kind])
    _look(read, [one for one in ledger_ids if one.isdecimal()])
    return read.page(kind)


def is_gone(client: Client, kind: BookKind, ledger_id: str) -> bool:
    """Ask for one document; a no is not metered. QuickBooks: 610 where it is deleted."""
    entity = ENTITY[kind]
    try:
        answer = client.read(f"{entity.lower()} read", f"{entity.lower()}/{ledger_id}")
    except Gone:
        return True
    document = answer.get(entity)
    return isinstance(document, Mapping) and reader.is_deleted(document)


def stamp(moment: datetime) -> str:
    """Write a time with its offset: without one QuickBooks assumes a zone of its own."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _where(wanted: Portion, mark: str | None) -> _Where:
    conditions = []
    order, start = _DATED, wanted.first.isoformat() if wanted.first else FIRST_DAY
    if wanted.before is not None:
        conditions.append(f"TxnDate < {queries.literal(wanted.before.isoformat())}")
    if wanted.owed:
        conditions.append(f"Balance > {queries.literal('0')}")
    if wanted.kind == BookKind.CUSTOMER:  # they have no date
        conditions.append(queries.ANY_ACTIVE)
        order, start = _CHANGED, f"{FIRST_DAY}T00:00:00+00:00"
    if wanted.since is not None:
        order, start = _CHANGED, stamp(wanted.since)
    place: dict[str, Any] = json.loads(mark) if mark else {"value": start, "position": 1}
    value, position = str(place["value"]), int(place["position"])
    begin = f"{order} >= {queries.literal(value)}"
    return _Where(ENTITY[wanted.kind], (begin, *conditions), order, value, position)


def _gather(read: _Read, where: _Where, skip: int, rows: int) -> bool:
    """Read so many rows, around those that are broken; tells whether there were so many."""
    try:
        found = read.ask(where.rows(skip, rows))
    except LedgerError as error:
        if error.code != BROKEN or len(read.unreadable) >= _MOST_BROKEN:
            raise
    else:
        read.documents += found
        return len(found) == rows
    if rows == 1:
        _pass_over(read, where, skip)
        return True
    half = rows // 2
    return _gather(read, where, skip, half) and _gather(read, where, skip + half, rows - half)


def _pass_over(read: _Read, where: _Where, skip: int) -> None:
    """Name a broken record and try it alone; where that fails too, note its id."""
    ledger_id = ""
    try:
        ledger_id = next((str(one.get("Id") or "") for one in read.ask(where.id_of(skip))), "")
        if ledger_id:
            answer = read.client.read(f"{read.entity.lower()} read", _path(read, ledger_id))
            read.calls += 1
            read.documents += _alone(answer, read.entity)
            return
    except LedgerError as error:
        if error.code != BROKEN and not isinstance(error, AskPerson):
            raise
    read.unreadable.append(ledger_id)


def _path(read: _Read, ledger_id: str) -> str:
    return f"{read.entity.lower()}/{ledger_id}"


def _alone(answer: Document, entity: str) -> Sequence[Document]:
    return reader.documents({entity: [answer.get(entity)]}, entity)


def _look(read: _Read, ledger_ids: Sequence[str]) -> None:
    if not ledger_ids:
        return
    statement = queries.select(read.entity, queries.any_of("Id", ledger_ids), rows=len(ledger_ids))
    try:
        read.documents += read.ask(statement)
    except LedgerError as error:
        refused = isinstance(error, Refused) and not error.company_wide
        if not refused and error.code != BROKEN:
            raise
        if len(ledger_ids) == 1:
            read.unreadable.append(ledger_ids[0])
            return
        half = len(ledger_ids) // 2
        _look(read, ledger_ids[:half])
        _look(read, ledger_ids[half:])


def _value(document: Document, field_: str) -> str:
    value: Any = document
    for name in field_.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return str(value or "")
