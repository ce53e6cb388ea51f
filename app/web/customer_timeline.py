"""Tell in one line each what happened with a customer: billing, ledgers and tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.domain.states import DocumentKind, InvoiceStatus
from app.domain.wording import Words, format_money, listed
from app.models import Customer, DocumentLink, SalesDocument, Ticket
from app.queries.customer_there import Payment, payments
from app.queries.customer_timeline import Told, tickets, told
from app.queries.customers import Linked
from app.web.presentation import ledger_name, zone

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. on: its day, where a ledger tells no time; url: where to read on."""

    words: Words
    detail: str
    at: datetime | None = None
    on: date | None = None
    url: str | None = None
    outside: bool = False  # url leads to another system

    def moment(self, where: ZoneInfo) -> datetime:
        """Return when it was, to sort by; of a day without a time, its end."""
        if self.at is not None:
            return self.at
        return datetime.combine(self.on or date.min, time.max, where)


def timeline_of(customer: Customer, linked: Linked) -> list[Entry]:
    """Return what happened, newest first."""
    entries = [
        *_of_documents(told(customer, SHOWN)),
        *(_payment(one) for one in payments(linked, SHOWN)),
        *(_ticket(one) for one in tickets(customer, SHOWN)),
    ]
    return sorted(entries, key=lambda one: one.moment(zone()), reverse=True)[:SHOWN]


def _of_documents(found: Told) -> Iterator[Entry]:
    """Tell what came of documents before they themselves: of one moment, that came later."""
    for attempt, document in found.refusals:
        words = Words(f"{_name(document)} refused", "alert-octagon", "bad")
        detail = f"{_total(document)}. {attempt.words}"
        yield _entry(document, words, detail, at=attempt.started_at)
    for link, document in found.links:
        yield _booked(link, document)
    for document in found.documents:
        void = ", void since" if document.status == InvoiceStatus.VOID else ""
        words = Words(f"{_name(document)} finalised{void}", "file-invoice", "off")
        yield _entry(document, words, at=document.finalised_at)


def _booked(link: DocumentLink, document: SalesDocument) -> Entry:
    how = "found in the ledger" if link.adopted else "in the ledger"
    words = Words(f"{_name(document)} {how}", "circle-check", "ok")
    total = document.total if link.ledger_total is None else link.ledger_total
    return _entry(document, words, format_money(total, document.currency), at=link.pushed_at)


def _entry(document: SalesDocument, words: Words, detail: str = "", **more: Any) -> Entry:
    url = url_for("invoices.show", invoice_id=document.id)
    return Entry(words, detail or _total(document), url=url, **more)


def _total(document: SalesDocument) -> str:
    return format_money(document.total, document.currency)


def _name(document: SalesDocument) -> str:
    credit = document.kind == DocumentKind.CREDIT_NOTE
    return f"Credit note {document.number}" if credit else document.number


def _payment(one: Payment) -> Entry:
    row, currency = one.row, one.row.currency or one.connection.home_currency
    ledger = ledger_name(one.connection.provider)
    for_what = f"for {listed(list(one.invoices))}, " if one.invoices else ""
    reference = f"{row.reference}, " if row.reference else ""
    detail = f"{reference}{for_what}from {ledger}"
    if one.gone:
        was = f" of {format_money(row.amount, currency)}" if row.amount else ""
        words = Words(f"Payment{was} taken back", "cash-off", "wait")
        at = row.updated_there_at
        return Entry(words, detail, at=at, on=None if at else row.received_on)
    if not row.amount and one.settled:
        applied = f"Credit of {format_money(one.settled, currency)} put on invoices"
        return Entry(Words(applied, "cash", "ok"), detail, on=row.received_on)
    if row.unapplied > 0:
        detail += f". {format_money(row.unapplied, currency)} of it is on no invoice there"
    words = Words(f"Paid {format_money(row.amount, currency)}", "cash", "ok")
    return Entry(words, detail, on=row.received_on)


def _ticket(ticket: Ticket) -> Entry:
    words = Words(f"Ticket {ticket.number} resolved", "ticket", "off")
    return Entry(words, ticket.subject, at=ticket.resolved_at, url=ticket.url, outside=True)
