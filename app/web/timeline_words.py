"""Say in plain words what somebody did to an invoice in the ledger."""

from __future__ import annotations

from decimal import Decimal

from app.domain.payments import Cause, Outcome, PaymentKind
from app.domain.states import CreditStatus, FileState
from app.domain.wording import Words, day, format_money
from app.models import (
    AuditEntry,
    CustomerLink,
    InvoiceDocument,
    OutboundEvent,
    SalesDocument,
    SettlementChange,
)
from app.queries.audit_log import BY_ITSELF
from app.queries.invoice_timeline import MAPPED, RELEASES, Happened
from app.queries.one_invoice import Theirs
from app.usecases.store_invoice import VOIDED

# What lowers what is owed without a payment.
SETTLED_OTHERWISE = "by a journal entry, a deposit or a write-off"

# What somebody pressed, in the words of the timeline.
DEEDS = {
    "invoice.retry": "pressed Try again",
    "invoice.push_now": "pressed Push now",
    "invoice.push_first": "pressed Push this one",
    "invoice.hold": "held it back",
    "invoice.never_push": "opted it out",
    "invoice.allow_push": "allowed it again",
    "invoice.book_ledger_tax": "chose to book it with the ledger’s tax",
    "invoice.use_billing": "chose billing’s version",
    "invoice.keep_ledger": "kept the ledger’s version",
    "invoice.link_there": "linked it to the invoice that was there already",
    "invoice.push_another": "said it is another one, and pushed it",
    "invoice.take_back_delete": "took it back with its run, to be deleted",
    "invoice.take_back_void": "took it back with its run, to be voided",
    "document.put": "handed over its PDF",
    "document.retry": "had its PDF tried again",
}


# The same of one among many: pressed for all of a list.
_WITH_OTHERS = {
    "invoice.retry": "had it tried again with others",
    "invoice.push_now": "had it pushed with others",
}
# What let an invoice go on that waited for it.
_RELEASED = {
    "mapping.save": "mapped",
    "mapping.import": "mapped",
    "customer.link": "chose the customer",
    "customer.create_as": "had the customer created",
    "customer.activate": "had the customer made active",
}


def deed_said(one: Happened) -> str:
    """Say what somebody did, after their name."""
    if one.deed is None:
        raise ValueError("Nobody did this.")
    deed, detail = one.deed, one.deed.detail or {}
    if deed.action in MAPPED:
        code, there = one.about or detail.get("code"), detail.get("ledger_name")
        return f"{_RELEASED[deed.action]} {code} to {there}"
    if deed.action in _RELEASED:
        return _RELEASED[deed.action]
    if detail.get("bulk_push") and deed.action in _WITH_OTHERS:
        return _WITH_OTHERS[deed.action]
    return DEEDS.get(deed.action, deed.action)


def started_by(one: Happened) -> str:
    """Say who began a try: a person, or Ledgerbridge and what it did so for."""
    if one.attempt is not None and one.attempt.actor != BY_ITSELF:
        return one.attempt.actor
    if one.asked is None or one.asked.deed is None:
        return f"{BY_ITSELF}, by itself"
    who = one.asked.deed.actor
    if one.asked.deed.action in RELEASES:
        return f"{BY_ITSELF}, once {who} {deed_said(one.asked)}"
    return f"{BY_ITSELF}, as {who} asked"


def linked_words(link: CustomerLink, ledger: str) -> str:
    """Say how the customer came to be one of the ledger's."""
    match link.how:
        case "created":
            return f"Customer {link.ledger_name} created in {ledger}"
        case "found" | "adopted":
            return f"Customer {link.ledger_name} found in {ledger}"
        case _:
            return f"Customer is {link.ledger_name} in {ledger}"


def words_of(one: Happened, invoice: SalesDocument, ledger: str, *, booked: bool) -> Words:
    """Return the words for an entry that is neither a try of ours nor something pressed here."""
    if one.told is not None:
        return told_words(one.told, ledger)
    if one.moved is not None:
        return moved_words(one.moved, invoice.currency, ledger)
    if one.linked is not None:
        return Words(linked_words(one.linked, ledger), "users", "off")
    if one.file is not None:
        return file_words(one.file, ledger, booked=booked)
    if one.deed is not None and one.revised:
        return revised_words(one.deed)
    if one.stands is None:
        raise ValueError("A try or a deed has words of its own.")
    return standing_words(invoice, one.stands, ledger)


def revised_words(deed: AuditEntry) -> Words:
    """Return what a later revision of billing's came to, or that it is void."""
    if deed.action == VOIDED:
        return Words("Voided in billing", "file-x", "off")
    said = deed.detail or {}
    amount = format_money(Decimal(said["total"]), said["currency"])
    return Words(f"Changed in billing: revision {said['revision']}, {amount}", "pencil", "off")


def told_words(event: OutboundEvent, ledger: str) -> Words:
    """Return what an event of a payment, a void or a deletion means."""
    owed = format_money(Decimal(event.data["balance"]), event.data["currency"])
    if event.type == "credit_note.applied":
        if event.data["status"] == CreditStatus.OPEN:
            return Words(f"On no invoice in {ledger} any more, {owed} not applied", "cash", "ok")
        left = f"{owed} of it not applied" if Decimal(event.data["balance"]) else "all of it"
        return Words(f"Applied in {ledger}, {left}", "cash", "ok")
    match event.type:
        case "invoice.paid":
            return Words(f"Paid in {ledger}{_otherwise(event)}", "cash", "ok")
        case "invoice.part_paid":
            still = f"Part paid in {ledger}, {owed} still owed there{_otherwise(event)}"
            return Words(still, "cash", "ok")
        case "invoice.payment_reversed":
            return Words(f"A payment was taken back in {ledger}, {owed} owed there", "cash", "wait")
        case _:
            deed = "Deleted" if event.data.get("deleted") else "Voided"
            return Words(f"{deed} in {ledger}", "alert-triangle", "wait")


def _otherwise(event: OutboundEvent) -> str:
    """Say how much of it no payment explains."""
    amount = Decimal(event.data.get("settled_otherwise") or 0)
    if not amount:
        return ""
    return f". {format_money(amount, event.data['currency'])} is settled {SETTLED_OTHERWISE}"


def moved_words(change: SettlementChange, currency: str, ledger: str) -> Words:
    """Return what a payment, or a credit, did to an invoice."""
    came = change.after if change.after is not None else change.before
    amount = format_money(came or 0, currency)
    on = f" {day(change.received_on)}" if change.received_on else ""
    reference = f", {change.reference}" if change.reference else ""
    match Outcome(change.outcome):
        case Outcome.REVERSED:
            return Words(f"{amount} taken back: {_taken_back(change, ledger)}", "cash-off", "wait")
        case Outcome.UPDATED:
            before = format_money(change.before or 0, currency)
            return Words(f"{amount} received{on} instead of {before}{reference}", "cash", "ok")
        case _ if change.kind == PaymentKind.CREDIT:
            return Words(f"{amount} of credit put on it{on}{reference}", "cash", "ok")
        case _:
            return Words(f"{amount} received{on}{reference}", "cash", "ok")


def _taken_back(change: SettlementChange, ledger: str) -> str:
    what = "credit" if change.kind == PaymentKind.CREDIT else "payment"
    payment = f"{what} {change.reference or change.payment_ledger_id}"
    on = f" {day(change.changed_there_at.date())}" if change.changed_there_at else ""
    if change.cause == Cause.EDITED:
        return f"{payment} was taken off this invoice in {ledger}{on}"
    return f"{payment} was {change.cause} in {ledger}{on}"


def standing_words(invoice: SalesDocument, theirs: Theirs, ledger: str) -> Words:
    """Return how the ledger has an invoice now, where that is not how billing has it."""
    if theirs.deleted or theirs.voided or theirs.total is None:
        deed = "Voided" if theirs.voided and not theirs.deleted else "Deleted"
        return Words(f"{deed} in {ledger}", "alert-triangle", "wait")
    there = format_money(theirs.total, invoice.currency)
    ours = format_money(invoice.total, invoice.currency)
    return Words(f"{ledger} has it at {there}, billing at {ours}", "git-compare", "wait")


def file_words(file: InvoiceDocument, ledger: str, *, booked: bool) -> Words:
    """Return what became of a document of billing; it says nothing about the invoice itself."""
    match file.state:
        case FileState.ATTACHED:
            return Words(f"“{file.name}” attached in {ledger}", "circle-check", "ok")
        case FileState.FAILED:
            return Words(f"“{file.name}” is not attached in {ledger}", "alert-triangle", "wait")
        case FileState.SENDING:
            return Words(f"“{file.name}” is being attached", "loader-2", "busy")
        case _ if booked:
            return Words(f"“{file.name}” is attached soon", "clock", "busy")
        case _:
            then = f"“{file.name}” is attached once the invoice is in {ledger}"
            return Words(then, "clock", "off")
