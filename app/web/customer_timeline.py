"""Tell in one line each what happened with a customer: billing, ledgers and tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.domain.payments import PaymentKind
from app.domain.states import DocumentKind, InvoiceStatus
from app.domain.wording import Words, format_money, listed
from app.models import Customer, DocumentLink, LedgerPaymentRow, Push, SalesDocument, Ticket
from app.queries.customer_payments import Payment, payments
from app.queries.customer_timeline import Told, tickets, told
from app.queries.customers import Linked
from app.web.presentation import ledger_name, zone

SHOWN = 20
MOST = 500  # lines that can be asked for


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. on: its day, where a ledger tells no time; url: where to read on.

    placed: when it was written down, to place it among what happened on that day.
    """

    words: Words
    detail: str
    at: datetime | None = None
    on: date | None = None
    url: str | None = None
    outside: bool = False  # url leads to another system
    placed: datetime | None = None

    def moment(self, where: ZoneInfo) -> datetime:
        """Return when it was, to sort by.

        What has a day only comes below what has a time on that day, unless it was written down
        there on the day itself.
        """
        if self.at is not None:
            return self.at
        if self.placed is not None and self.placed.astimezone(where).date() == self.on:
            return self.placed
        return datetime.combine(self.on or date.min, time.min, where)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest lines; more: how many to ask for to see earlier ones too, None: there are none."""

    entries: list[Entry]
    more: int | None


def timeline_of(customer: Customer, linked: Linked, asked: int = SHOWN) -> Timeline:
    """Return what happened, newest first; asked: how many lines, from SHOWN to MOST."""
    most = min(max(asked, SHOWN), MOST)
    entries = [
        *_of_documents(told(customer, most + 1)),
        *(_payment(one) for one in payments(linked, most + 1)),
        *(_ticket(one) for one in tickets(customer, most + 1)),
    ]
    newest = sorted(entries, key=lambda one: one.moment(zone()), reverse=True)
    more = most + SHOWN if len(newest) > most and most < MOST else None
    return Timeline(newest[:most], more)


def _of_documents(found: Told) -> Iterator[Entry]:
    """Tell what came of documents before they themselves: of one moment, that came later."""
    for attempt, document in found.refusals:
        words = Words(f"{_name(document)} refused", "alert-octagon", "bad")
        detail = f"{_total(document)}. {attempt.words}"
        yield _entry(document, words, detail, at=attempt.started_at)
    for link, document in found.links:
        yield _booked(link, document, found.booked.get(document.id))
    for document in found.documents:
        void = ", void since" if document.status == InvoiceStatus.VOID else ""
        words = Words(f"{_name(document)} finalised{void}", "file-invoice", "off")
        yield _entry(document, words, at=document.finalised_at)


def _booked(link: DocumentLink, document: SalesDocument, before: Push | None) -> Entry:
    """Tell when it came into the ledger: what a reconnect found again, we had booked before."""
    ours = before if link.adopted else None
    how = "found in the ledger" if link.adopted and ours is None else "in the ledger"
    words = Words(f"{_name(document)} {how}", "circle-check", "ok")
    total = document.total if link.ledger_total is None else link.ledger_total
    at = ours.finished_at if ours and ours.finished_at else link.pushed_at
    return _entry(document, words, format_money(total, document.currency), at=at)


def _entry(document: SalesDocument, words: Words, detail: str = "", **more: Any) -> Entry:
    url = url_for("invoices.show", invoice_id=document.id)
    return Entry(words, detail or _total(document), url=url, **more)


def _total(document: SalesDocument) -> str:
    return format_money(document.total, document.currency)


def _name(document: SalesDocument) -> str:
    credit = document.kind == DocumentKind.CREDIT_NOTE
    return f"Credit note {document.number}" if credit else document.number


def _payment(one: Payment) -> Entry:
    row = one.row
    if one.gone:
        at = row.updated_there_at
        on = None if at else row.received_on
        return Entry(_taken_back(one), _detail(one), at=at, on=on)
    return Entry(_came(one), _detail(one), on=row.received_on, placed=_written_down(row))


def _written_down(row: LedgerPaymentRow) -> datetime:
    """Return when it was written down there, at the latest: a change of it comes later."""
    return min(row.updated_there_at or row.created_at, row.created_at)


def _came(one: Payment) -> Words:
    if one.kind == PaymentKind.REFUND:
        return Words(f"Given back {_money(one, one.row.amount)}", "cash-off", "wait")
    if not one.row.amount and one.part.amount:
        on = listed(one.part.numbers) or "invoices"
        return Words(f"Credit of {_money(one, one.part.amount)} put on {on}", "cash", "ok")
    return Words(f"Paid {_money(one, one.row.amount)}", "cash", "ok")


def _taken_back(one: Payment) -> Words:
    amount = one.row.amount or one.part.amount
    of = f" of {_money(one, amount)}" if amount else ""
    if one.kind == PaymentKind.CREDIT:
        off = f" taken off {listed(one.part.numbers) or 'an invoice'}"
        return Words(f"Credit{of}{off}", "cash-off", "off" if one.credit else "wait")
    what = "Refund" if one.kind == PaymentKind.REFUND else "Payment"
    return Words(f"{what}{of} taken back", "cash-off", "wait")


def _detail(one: Payment) -> str:
    """Say what payment it is, for what, and where it stands."""
    row, ledger = one.row, ledger_name(one.connection.provider)
    told = [f"credit note {one.credit}"] if one.credit else [row.reference] if row.reference else []
    if one.part.numbers and one.kind == PaymentKind.PAYMENT:
        told.append(f"for {listed(one.part.numbers)}")
    told.append(f"in {ledger}" if one.credit else f"from {ledger}")
    words = ", ".join(told)
    if row.unapplied > 0 and not one.gone:
        words += f". {_money(one, row.unapplied)} of it is on no invoice there"
    return words[:1].upper() + words[1:] if one.credit else words


def _money(one: Payment, amount: Decimal) -> str:
    return format_money(amount, one.row.currency or one.connection.home_currency)


def _ticket(ticket: Ticket) -> Entry:
    words = Words(f"Ticket {ticket.number} resolved", "ticket", "off")
    return Entry(words, ticket.subject, at=ticket.resolved_at, url=ticket.url, outside=True)
