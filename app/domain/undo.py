"""Decide what of a run may be taken back, and say what taking back means for the books.

Taken back is only what the run itself created and nobody touched since: everything else is
somebody's money or somebody's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.problem import Problem
from app.domain.states import InvoiceStatus, Operation, PushState
from app.domain.wording import day, day_long, format_money

# Problem.code of an invoice that a person took back: it goes again only when a person says so.
TAKEN_BACK = "taken_back"
# The two ways, as people and programs name them.
WAYS = {"delete": Operation.DELETE, "void": Operation.VOID}

_PAID = frozenset({InvoiceStatus.PAID, InvoiceStatus.PART_PAID})


class Refusal(StrEnum):
    """Name what keeps a document in the ledger."""

    TAKEN_BACK = "taken_back"
    BEING_TAKEN_BACK = "being_taken_back"
    UNDER_WAY = "under_way"
    VOID_IN_BILLING = "void_in_billing"
    UNLINKED = "unlinked"
    GONE = "gone"
    ADOPTED = "adopted"
    LATER_PUSH = "later_push"
    CLOSED_PERIOD = "closed_period"
    CREDIT_APPLIED = "credit_applied"
    PAID = "paid"
    PART_PAID = "part_paid"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class There:
    """What the ledger has of a document, as far as we have read.

    credited: what settles it is a credit, not money.
    """

    total: Decimal
    balance: Decimal
    number: str | None
    issued_on: date | None
    voided: bool = False
    deleted: bool = False
    credited: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """One document that a run created, and what became of it.

    total, status: billing's. booked_total: what the ledger answered our last write; None when that
    was not kept. there: None when it was not read since our last write. dated: the day it is booked
    on. own_last: the last write to it was this run's. undo: how far taking it back has come.
    """

    creation_id: int
    invoice_id: int
    number: str
    customer: str
    currency: str
    total: Decimal
    status: InvoiceStatus
    dated: date | None
    linked: bool
    ledger_total: Decimal | None = None
    sent_number: str | None = None
    booked_total: Decimal | None = None
    there: There | None = None
    adopted: bool = False
    own_last: bool = True
    under_way: bool = False
    undo: PushState | None = None
    undo_how: str | None = None
    undo_problem: Mapping[str, Any] | None = None
    url: str | None = None


def refusal(one: Created, books_closed_to: date | None) -> Refusal | None:
    """Return why a document may not be taken back; None when it may."""
    if one.undo == PushState.DONE:
        return Refusal.TAKEN_BACK
    if one.undo not in (None, PushState.CANCELLED):
        return Refusal.BEING_TAKEN_BACK
    if one.status == InvoiceStatus.VOID:
        return Refusal.VOID_IN_BILLING
    return Refusal.UNDER_WAY if one.under_way else in_the_way(one, books_closed_to)


def in_the_way(one: Created, books_closed_to: date | None) -> Refusal | None:
    """Return what became of a document that forbids taking it back: asked again before sending."""
    if not one.linked:
        return Refusal.UNLINKED
    if one.there is not None and (one.there.deleted or one.there.voided):
        return Refusal.GONE
    if one.adopted:
        return Refusal.ADOPTED
    if not one.own_last:
        return Refusal.LATER_PUSH
    if books_closed_to is not None and one.dated is not None and one.dated <= books_closed_to:
        return Refusal.CLOSED_PERIOD
    return _settled(one) or (Refusal.CHANGED if _changed(one) else None)


def _settled(one: Created) -> Refusal | None:
    """Tell whether some of it is paid, as read there or as billing knows it."""
    if one.there is not None and one.there.balance < one.there.total:
        if one.there.credited:
            return Refusal.CREDIT_APPLIED
        return Refusal.PAID if one.there.balance <= 0 else Refusal.PART_PAID
    if one.status in _PAID and one.ledger_total:
        return Refusal.PAID if one.status == InvoiceStatus.PAID else Refusal.PART_PAID
    return None


def _changed(one: Created) -> bool:
    """Tell whether its amount or number is not what our last write left.

    A newer version alone is no change of the books: sending the invoice from the ledger makes one.
    """
    total = one.there.total if one.there else one.ledger_total
    renumbered = one.there is not None and one.there.number != one.sent_number
    return renumbered or (one.booked_total is not None and total != one.booked_total)


@dataclass(frozen=True, slots=True)
class Share:
    """Some documents of a run and their money, each currency for itself."""

    count: int
    sums: Mapping[str, Decimal]


def share(some: Iterable[Created]) -> Share:
    """Count documents and add their totals up."""
    count, sums = 0, dict[str, Decimal]()
    for one in some:
        count += 1
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.total
    return Share(count, sums)


# ------------------------------------------------------------------ words


def refusal_words(reason: Refusal, ledger: str, books_closed_to: date | None) -> tuple[str, str]:
    """Return why it stays, and what a person could do: two sentences, the second may be empty."""
    closed = f" to {day_long(books_closed_to)}" if books_closed_to else ""
    words = {
        Refusal.TAKEN_BACK: ("Taken back already.", ""),
        Refusal.BEING_TAKEN_BACK: ("Being taken back.", ""),
        Refusal.UNDER_WAY: (
            "Another change to it is on its way or waits for somebody.",
            "Let that finish first.",
        ),
        Refusal.VOID_IN_BILLING: ("Void in billing.", "Its void goes by itself."),
        Refusal.UNLINKED: (
            f"Not linked to a document in {ledger} any more.",
            f"Look for it in {ledger}.",
        ),
        Refusal.GONE: (f"Voided or deleted in {ledger} already.", ""),
        Refusal.ADOPTED: (
            f"Found in {ledger} and linked, so it may be older than this run.",
            f"Take it out in {ledger} if it is wrong.",
        ),
        Refusal.LATER_PUSH: (
            "A later push changed it since.",
            "Void it in billing if it is still wrong.",
        ),
        Refusal.CLOSED_PERIOD: (
            f"{ledger} is closed{closed}, and it is dated within.",
            f"Reopen the period in {ledger}, or raise a credit note.",
        ),
        Refusal.CREDIT_APPLIED: (
            f"A credit is applied to it in {ledger}.",
            f"Take the credit off it in {ledger} first.",
        ),
        Refusal.PAID: (
            f"Paid in {ledger}.",
            f"Take the payment off it in {ledger} first, or raise a credit note.",
        ),
        Refusal.PART_PAID: (
            f"Part paid in {ledger}.",
            f"Take the payment off it in {ledger} first, or raise a credit note.",
        ),
        Refusal.CHANGED: (
            f"Somebody changed its amount or number in {ledger} since.",
            "Compare both, then correct one side.",
        ),
    }
    return words[reason]


def way_words(how: str, ledger: str) -> tuple[str, str]:
    """Return what a way is called and what it means for the books."""
    if how == "delete":
        means = (
            f"{ledger} keeps no invoice of them, and their numbers are free again."
            " Choose this to push the same invoices once more when they are right."
        )
        return "Delete them", means
    means = (
        f"They stay in {ledger} at zero, for the record, and their numbers stay used."
        " Choose this when the invoices will not come again under the same numbers."
    )
    return "Void them", means


def taken_back_problem(
    number: str, total: Decimal, currency: str, how: str, by: str, on: date, ledger: str
) -> Problem:
    """Say what an invoice is after it was taken back, and how it goes again."""
    shown = format_money(total, currency)
    who = f"Taken back on {day(on)} by {by}"
    if how == "delete":
        return Problem(
            code=TAKEN_BACK,
            title=f"{who}: deleted in {ledger}.",
            means=f"{shown} is not in the books, and {number} is free again there."
            " Billing still asks for it.",
            what_to_do="Push it again when it is right."
            " It does not go by itself, even when billing changes it.",
        )
    return Problem(
        code=TAKEN_BACK,
        title=f"{who}: voided in {ledger}.",
        means=f"The books show it at zero, and {number} stays used there."
        f" Billing still asks for {shown}.",
        what_to_do=f"It cannot be pushed again as {number}."
        " Void it in billing, and bill it under a new number.",
    )


def interrupted_problem() -> Problem:
    """Say what an invoice is whose ledger was disconnected while it was being taken back."""
    return Problem(
        code=TAKEN_BACK,
        title="The ledger was disconnected while it was being taken back.",
        means="It may still be in the books, or not.",
        what_to_do="Connect the ledger again, then push it:"
        " it is looked for there first, and never booked twice.",
    )


def kept_problem(reason: Refusal, ledger: str, books_closed_to: date | None) -> Problem:
    """Say why a document was not taken back after all: found out before anything was sent."""
    happened, do = refusal_words(reason, ledger, books_closed_to)
    return Problem(reason, happened, f"It is in {ledger} as before.", do)


def is_taken_back(problem: Mapping[str, Any] | None) -> bool:
    """Tell by an invoice's problem whether a person took it back and nobody pushed it since."""
    return bool(problem) and (problem or {}).get("code") == TAKEN_BACK
