"""Put credit notes on invoices: what billing may ask for, and what a ledger says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain.billing_event import Applied
from app.domain.invoice import Invoice
from app.domain.matching import carries
from app.domain.money import round_money
from app.domain.states import SyncState

# Codes of what is wrong with an application that nothing is on its way for: somebody took it off
# there, or part of it; the credit note was used elsewhere before it came on.
TAKEN_OFF, LESS_ON, USED_ELSEWHERE = "taken_off_there", "less_on_there", "used_elsewhere_there"
NOT_AS_BILLED = (TAKEN_OFF, LESS_ON, USED_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """One credit note to be put on one invoice, both as the ledger names them.

    marker: our signature inside what the ledger makes of it. made_on: a day its books are open.
    """

    credit_ledger_id: str
    invoice_ledger_id: str
    customer_ledger_id: str
    amount: Decimal
    currency: str
    made_on: date
    marker: str


@dataclass(frozen=True, slots=True)
class Application:
    """What a ledger has of credit notes put on invoices, in one entry of its books.

    credits, invoices: the ledger's id to the amount taken from it, or put on it.
    """

    ledger_id: str
    version: str
    marker: str | None
    credits: Mapping[str, Decimal]
    invoices: Mapping[str, Decimal]


def wrong_applications(applies_to: Sequence[Applied], credit: Invoice) -> dict[str, str]:
    """Return a sentence for each application that cannot be; keys are paths inside the body."""
    wrong: dict[str, str] = {}
    seen: set[str] = set()
    for at, one in enumerate(applies_to):
        if one.amount <= 0:
            wrong[f"applies_to.{at}.amount"] = "This must be more than nothing."
        if one.amount != round_money(one.amount, credit.currency):
            wrong[f"applies_to.{at}.amount"] = f"This is finer than {credit.currency} has coins."
        if one.invoice in seen:
            wrong[f"applies_to.{at}.invoice"] = "This invoice is named twice; add the amounts up."
        seen.add(one.invoice)
    applied = sum((one.amount for one in applies_to), Decimal(0))
    if not wrong and applied > credit.total:
        wrong["applies_to"] = f"These add up to {applied}, the credit note to {credit.total}."
    return wrong


def made_on(credit: date, invoice: date, books_closed_to: date | None) -> date:
    """Return the day an application is booked on: once both are there, and the books are open.

    It moves no figure of either document's day, so nobody need be asked.
    """
    later = max(credit, invoice)
    if books_closed_to is not None and later <= books_closed_to:
        return books_closed_to + timedelta(days=1)
    return later


def ours_among(there: Sequence[Application], marker: str) -> list[Application]:
    """Return what carries our mark."""
    return [one for one in there if carries(one.marker, marker)]


def is_as_planned(there: Application, plan: ApplicationPlan) -> bool:
    """Tell whether an entry puts exactly what was planned, and nothing else."""
    return dict(there.credits) == {plan.credit_ledger_id: plan.amount} and dict(there.invoices) == {
        plan.invoice_ledger_id: plan.amount
    }


def holds_more(there: Application, plan: ApplicationPlan) -> bool:
    """Tell whether an entry puts together more than one credit note and one invoice."""
    return bool(
        there.credits.keys() - {plan.credit_ledger_id}
        or there.invoices.keys() - {plan.invoice_ledger_id}
    )


def already_applied(there: Sequence[Application], plan: ApplicationPlan) -> Decimal:
    """Return how much of the credit note is on the invoice, whoever put it there.

    Of an entry with several credit notes or invoices, no more than both have in it.
    """
    return in_both(
        (one.credits[plan.credit_ledger_id], one.invoices[plan.invoice_ledger_id])
        for one in there
        if plan.credit_ledger_id in one.credits and plan.invoice_ledger_id in one.invoices
    )


def in_both(entries: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Add up what entries take from a credit note and put on an invoice: no more than either."""
    return sum((min(pair) for pair in entries), Decimal(0))


def standing_there(asked: Decimal, on: Decimal) -> SyncState:
    """Return where an application stands of which so much is on its invoice in the ledger."""
    if on >= asked:
        return SyncState.PUSHED
    return SyncState.DIFFERS if on else SyncState.DELETED_THERE
