"""Read what changed: one change-data-capture call, and which kinds it could not tell all of.

QuickBooks: Change data capture. It looks back 30 days and returns at most 1,000 objects, without
saying that it stopped there; deleted documents come as stubs, and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from app.domain.crediting import Application
from app.domain.reading import BookKind
from app.ledgers.errors import LedgerError, Refused
from app.ledgers.interface import Changes, LedgerInvoice
from app.ledgers.quickbooks import payments, queries, reader
from app.ledgers.quickbooks.client import Client
from app.ledgers.quickbooks.portions import BROKEN, ENTITY, FIRST_DAY, stamp
from app.ledgers.quickbooks.provider import PROVIDER

Document = Mapping[str, Any]

KINDS = tuple(ENTITY)
# Objects of one answer; whether the documented cap is per answer or per entity is not certain,
# so an answer that reaches it either way counts as cut off.
MOST = 1000
# Asked for something this old, its clock or a slow line might already call it too old.
_JUST_BEFORE = timedelta(hours=1)


def read_changes(client: Client, since: datetime, now: datetime) -> Changes:
    """Read what changed since a moment, in one metered call; in five where one did not do.

    Of a kind that is cut off, broken, or older than the feed reaches, only the deletions it did
    tell are here: the rest is for its pages.
    """
    if now - since > PROVIDER.history_limit - _JUST_BEFORE:
        return _too_old(now)
    try:
        feed = _one_call(client, KINDS, since)
    except LedgerError as error:
        if error.code != BROKEN:
            _may_be_too_old(error)
            return _too_old(now)
        feed = _Feed(unread=set(KINDS))
    return _changes(_kind_by_kind(client, since) if feed.unread else feed, now)


def _too_old(now: datetime) -> Changes:
    return replace(_changes(_Feed(unread=set(KINDS)), now), too_old=True)


def _may_be_too_old(error: LedgerError) -> None:
    """Raise what is no refusal of the question: which fault says too old is not certain."""
    if not isinstance(error, Refused) or error.company_wide:
        raise error


def read_dated(
    client: Client, kind: BookKind, first: date, last: date
) -> Iterator[Sequence[LedgerInvoice]]:
    """Page through invoices or credit memos of a window; what changes meanwhile may come twice."""
    credit = kind == BookKind.CREDIT_NOTE
    operation, entity = (
        ("credit memo scan", "CreditMemo") if credit else ("invoice scan", "Invoice")
    )
    until = f"TxnDate <= {queries.literal(last.isoformat())}"
    for page in _pages(client, operation, entity, first.isoformat(), until):
        yield [reader.invoice_of(document, credit=credit) for document in page]


def read_applications(client: Client, customer_id: str) -> list[Application]:
    """Read the payments of a customer that use credit memos, whatever their amount.

    QuickBooks: Payment can be filtered by customer and date; that its total can is unconfirmed.
    """
    whose = f"CustomerRef = {queries.literal(customer_id)}"
    pages = _pages(client, "payment look-up", "Payment", FIRST_DAY, whose)
    found = (payments.application_of(document) for page in pages for document in page)
    return [one for one in found if one.credits]


@dataclass(slots=True)
class _Feed:
    """What the feed told so far."""

    found: dict[BookKind, list[Document]] = field(default_factory=dict)
    unread: set[BookKind] = field(default_factory=set)
    told: datetime | None = None


def _kind_by_kind(client: Client, since: datetime) -> _Feed:
    """Read each kind on its own: one broken invoice, or a thousand, must not hide the payments."""
    feed = _Feed()
    for kind in KINDS:
        try:
            alone = _one_call(client, (kind,), since)
        except LedgerError as error:
            if error.code != BROKEN:
                raise
            feed.unread.add(kind)
            continue
        feed.found |= alone.found
        feed.unread |= alone.unread
        feed.told = min(filter(None, (feed.told, alone.told)), default=None)
    return feed


def _one_call(client: Client, kinds: Sequence[BookKind], since: datetime) -> _Feed:
    entities = ",".join(ENTITY[kind] for kind in kinds)
    asked = {"entities": entities, "changedSince": stamp(since)}
    answer = client.read("change data capture", "cdc", asked)
    found = {kind: list(_captured(answer, ENTITY[kind])) for kind in kinds}
    cut_off = sum(map(len, found.values())) >= MOST
    return _Feed(found, set(kinds) if cut_off else set(), reader.moment(answer.get("time")))


def _captured(answer: Document, entity: str) -> Iterator[Document]:
    """Find an entity's group by its name; an entity without changes is an empty group."""
    for response in reader.documents(answer, "CDCResponse"):
        for group in reader.documents(response, "QueryResponse"):
            yield from reader.documents(group, entity)


def _pages(
    client: Client, operation: str, entity: str, start: str, condition: str
) -> Iterator[list[Document]]:
    """Page by date, not by position alone: see portions; what comes again is dropped."""
    seen: dict[str, str] = {}
    position = 1
    while True:
        since = f"TxnDate >= {queries.literal(start)}"
        statement = queries.select(entity, since, condition, order="TxnDate", start=position)
        page = reader.documents(client.ask(operation, statement), entity)
        yield list(_unseen(page, seen))
        if len(page) < queries.PAGE:
            return
        end = str(page[-1].get("TxnDate") or start)
        position = position + len(page) if end == start else 1
        start = end


def _unseen(page: Iterable[Document], seen: dict[str, str]) -> Iterator[Document]:
    for document in page:
        identity, version = str(document.get("Id")), str(document.get("SyncToken"))
        if seen.get(identity) != version:
            seen[identity] = version
            yield document


def _changes(feed: _Feed, now: datetime) -> Changes:
    def told(kind: BookKind) -> Iterator[Document]:
        for document in feed.found.get(kind, ()):
            if kind not in feed.unread or reader.is_deleted(document):
                yield document

    memos = (reader.invoice_of(one, credit=True) for one in told(BookKind.CREDIT_NOTE))
    money = map(payments.money_of, told(BookKind.PAYMENT))
    refunds = map(payments.refund_of, told(BookKind.REFUND))
    return Changes(
        invoices=(*map(reader.invoice_of, told(BookKind.INVOICE)), *memos),
        payments=(*chain.from_iterable(money), *refunds),
        customers=tuple(map(reader.customer_of, told(BookKind.CUSTOMER))),
        # The earlier of two clocks: what happens after it is still to be read.
        covered_to=now if feed.told is None else min(now, feed.told),
        unread=frozenset(feed.unread),
    )
