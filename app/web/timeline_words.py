"""Say in plain words what somebody did to an invoice in the ledger."""

from __future__ import annotations

from decimal import Decimal

from app.domain.states import FileState
from app.domain.wording import Words, format_money
from app.models import Invoice, InvoiceDocument, OutboundEvent
from app.queries.one_invoice import Theirs


def told_words(event: OutboundEvent, ledger: str) -> Words:
    """Return what an event of a payment, a void or a deletion means."""
    owed = format_money(Decimal(event.data["balance"]), event.data["currency"])
    match event.type:
        case "invoice.paid":
            return Words(f"Paid in {ledger}", "cash", "ok")
        case "invoice.part_paid":
            return Words(f"Part paid in {ledger}, {owed} still owed there", "cash", "ok")
        case "invoice.payment_reversed":
            return Words(f"A payment was taken back in {ledger}, {owed} owed there", "cash", "wait")
        case _:
            deed = "Deleted" if event.data.get("deleted") else "Voided"
            return Words(f"{deed} in {ledger}", "alert-triangle", "wait")


def standing_words(invoice: Invoice, theirs: Theirs, ledger: str) -> Words:
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
