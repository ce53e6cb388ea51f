"""Read what changed: one change-data-capture call, or pages by time where that is not enough.

QuickBooks: Change data capture. It looks back 30 days and returns at most 1,000 objects, without
saying that it stopped there; deleted documents come as stubs, and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from app.domain.crediting import Application
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Changes, LedgerInvoice
from app.ledgers.quickbooks import payments, queries, reader
from app.ledgers.quickbooks.client import Client
from app.ledgers.quickbooks.provider import PROVIDER

Document = Mapping[str, Any]
Found = dict[str, list[Document]]

ENTITIES = ("Invoice", "Payment", "CreditMemo", "RefundReceipt", "Customer")
# Objects of one answer; whether the documented cap is per answer or per entity is not certain,
# so an answer that reaches it either way counts as cut off.
MOST = 1000
# One broken record makes the whole answer fail with this; the other entities are still readable.
_BROKEN = "4002"
_FIRST_DAY = "1970-01-01"  # before any payment


def read_changes(client: Client, since: datetime, now: datetime) -> Changes:
    """Read everything that changed since a moment.

    complete is False when the feed could not be trusted to hold everything. What still exists was
    then read page by page and is all here; deletions may be missing, and reconciliation finds them.
    """
    if now - since > PROVIDER.history_limit:
        found, covered_to = {e: _paged_changes(client, e, since) for e in ENTITIES}, now
        return _changes(found, covered_to, complete=False)
    found, covered_to, whole = _capture(client, since, now)
    if not whole:
        for entity in ENTITIES:
            found[entity] = [*_stubs(found, entity), *_paged_changes(client, entity, since)]
    return _changes(found, covered_to, complete=whole)


def read_dated(client: Client, first: date, last: date) -> Iterator[Sequence[LedgerInvoice]]:
    """Page through the invoices of a window; an invoice that changes meanwhile may come twice."""
    until = f"TxnDate <= {queries.literal(last.isoformat())}"
    pages = _pages(client, "invoice scan", "Invoice", "TxnDate", first.isoformat(), until)
    for page in pages:
        yield [reader.invoice_of(document) for document in page]


def read_applications(client: Client, customer_id: str) -> list[Application]:
    """Read the payments of a customer that use credit memos, whatever their amount.

    QuickBooks: Payment can be filtered by customer and date; that its total can is unconfirmed.
    """
    whose = f"CustomerRef = {queries.literal(customer_id)}"
    pages = _pages(client, "payment look-up", "Payment", "TxnDate", _FIRST_DAY, whose)
    found = (payments.application_of(document) for page in pages for document in page)
    return [one for one in found if one.credits]


def _capture(client: Client, since: datetime, now: datetime) -> tuple[Found, datetime, bool]:
    try:
        return _one_call(client, ENTITIES, since, now)
    except LedgerError as error:
        if error.code != _BROKEN:
            raise
    return _entity_by_entity(client, since, now)


def _entity_by_entity(
    client: Client, since: datetime, now: datetime
) -> tuple[Found, datetime, bool]:
    """Read each entity on its own: one broken invoice must not hide the payments."""
    found: Found = {}
    covered_to, whole = now, True
    for entity in ENTITIES:
        try:
            of_one, until, complete = _one_call(client, (entity,), since, now)
        except LedgerError as error:
            if error.code != _BROKEN:
                raise
            of_one, until, complete = {}, now, False
        found |= of_one
        covered_to, whole = min(covered_to, until), whole and complete
    return found, covered_to, whole


def _one_call(
    client: Client, entities: Sequence[str], since: datetime, now: datetime
) -> tuple[Found, datetime, bool]:
    asked = {"entities": ",".join(entities), "changedSince": _stamp(since)}
    answer = client.read("change data capture", "cdc", asked)
    found = {entity: list(_captured(answer, entity)) for entity in entities}
    told = reader.moment(answer.get("time"))
    # The earlier of two clocks: what happens after it is still to be read.
    covered_to = now if told is None else min(now, told)
    return found, covered_to, sum(map(len, found.values())) < MOST


def _captured(answer: Document, entity: str) -> Iterator[Document]:
    """Find an entity's group by its name; an entity without changes is an empty group."""
    for response in reader.documents(answer, "CDCResponse"):
        for group in reader.documents(response, "QueryResponse"):
            yield from reader.documents(group, entity)


def _stubs(found: Found, entity: str) -> Iterator[Document]:
    return (document for document in found.get(entity, ()) if reader.is_deleted(document))


def _paged_changes(client: Client, entity: str, since: datetime) -> list[Document]:
    active = (queries.ANY_ACTIVE,) if entity == "Customer" else ()
    pages = _pages(
        client,
        f"{entity.lower()} query",
        entity,
        "MetaData.LastUpdatedTime",
        _stamp(since),
        *active,
    )
    return [document for page in pages for document in page]


def _pages(
    client: Client, operation: str, entity: str, field: str, start: str, *conditions: str
) -> Iterator[list[Document]]:
    """Page by a field's value, not by position.

    Positions shift while people work: a document that leaves an earlier page pulls another one
    over the edge, unread. So each page starts at the value where the last one ended; what comes
    again is dropped. Only where a whole page has one value is the position used too.
    """
    seen: dict[str, str] = {}
    position = 1
    while True:
        since = f"{field} >= {queries.literal(start)}"
        statement = queries.select(entity, since, *conditions, order=field, start=position)
        page = reader.documents(client.ask(operation, statement), entity)
        yield list(_unseen(page, seen))
        if len(page) < queries.PAGE:
            return
        end = _value(page[-1], field) or start
        position = position + len(page) if end == start else 1
        start = end


def _unseen(page: Iterable[Document], seen: dict[str, str]) -> Iterator[Document]:
    for document in page:
        identity, version = str(document.get("Id")), str(document.get("SyncToken"))
        if seen.get(identity) != version:
            seen[identity] = version
            yield document


def _value(document: Document, field: str) -> str:
    value: Any = document
    for name in field.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return str(value or "")


def _stamp(moment: datetime) -> str:
    """Write a time with its offset: without one QuickBooks assumes a zone of its own."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _changes(found: Found, covered_to: datetime, *, complete: bool) -> Changes:
    memos = (reader.invoice_of(one, credit=True) for one in found.get("CreditMemo", ()))
    refunds = map(payments.refund_of, found.get("RefundReceipt", ()))
    return Changes(
        invoices=(*map(reader.invoice_of, found.get("Invoice", ())), *memos),
        payments=(*map(payments.payment_of, found.get("Payment", ())), *refunds),
        customers=tuple(map(reader.customer_of, found.get("Customer", ()))),
        covered_to=covered_to,
        complete=complete,
    )
