"""Look into the ledger before a credit is put on an invoice twice, or taken away unseen."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.domain.crediting import (
    ApplicationPlan,
    already_applied,
    holds_more,
    is_as_planned,
    ours_among,
)
from app.domain.states import DocumentKind
from app.ledgers.errors import Gone, Refused, Stale
from app.ledgers.interface import Ledger, Written
from app.usecases.push.answer import Answer
from app.usecases.push.readied import Ready

Look = Callable[[Ledger, Ready], Answer | None]


def look_for_application(ledger: Ledger, ready: Ready) -> Answer | None:
    """Adopt what puts our credit note on our invoice and carries our mark; ask about any other."""
    plan = ready.application
    if plan is None:
        return None
    ours = ours_among(ledger.applications(plan.customer_ledger_id), plan.marker)
    if not ours:
        return None
    if len(ours) > 1 or not is_as_planned(ours[0], plan):
        return Answer(error=Stale(_described(len(ours)), code="changed_there"))
    return Answer(written=Written(ours[0].ledger_id, ours[0].version), adopted=True)


def _described(count: int) -> str:
    if count > 1:
        return f"{count} entries there carry the mark of this one."
    return "The entry with our mark puts another amount, or something else, together."


def see_who_applied_it(ledger: Ledger, ready: Ready) -> Answer | None:
    """End it where the credit note is on the invoice already: the ledger did it, or a person."""
    plan = ready.application
    if plan is None:
        return None
    there = ledger.applications(plan.customer_ledger_id)
    if already_applied(there, plan) < plan.amount:
        return None
    return Answer(done_there="applied to the invoice")


def see_what_is_left(ledger: Ledger, ready: Ready) -> Answer | None:
    """Say what became of a credit note of which less is left than is to be put on an invoice."""
    plan = ready.application
    if plan is None:
        return None
    credit = ledger.read(DocumentKind.CREDIT_NOTE, plan.credit_ledger_id)
    if credit is None or credit.voided:
        return Answer(error=Gone("The credit note is not there.", code="credit_gone_there"))
    if not credit.balance:
        return Answer(used_up=True)
    if credit.total is not None and credit.total < plan.amount:
        less = f"The credit note is {credit.total} there."
        return Answer(error=Refused(less, code="credit_less_there"))
    if _less_than(credit, plan):
        left = f"Of the credit note {credit.balance} is left."
        return Answer(error=Refused(left, code="credit_used_there"))
    return None


def see_what_is_owed(ledger: Ledger, ready: Ready) -> Answer | None:
    """Say what became of an invoice that owes less than is to be put on it."""
    plan = ready.application
    if plan is None:
        return None
    invoice = ledger.read(DocumentKind.INVOICE, plan.invoice_ledger_id)
    if invoice is None or invoice.voided:
        return Answer(error=Gone("The invoice is not there.", code="invoice_gone_there"))
    if _less_than(invoice, plan):
        owed = f"On the invoice {invoice.balance} is owed."
        return Answer(error=Refused(owed, code="invoice_paid_there"))
    return None


def _less_than(document: Written, plan: ApplicationPlan) -> bool:
    return (document.balance or Decimal(0)) < plan.amount


def look_before_taking_off(ledger: Ledger, ready: Ready, present: Written) -> Answer:
    """Take away an entry that somebody touched only while it holds nothing of anybody else's.

    People may have added money, other invoices or other credits to it, which would go with it.
    Where they took the credit note off it themselves, nothing is left to do.
    """
    plan = ready.application
    there = ledger.applications(plan.customer_ledger_id) if plan is not None else ()
    entry = next((one for one in there if one.ledger_id == present.ledger_id), None)
    if plan is not None and (entry is None or plan.credit_ledger_id not in entry.credits):
        return Answer(written=Written(present.ledger_id, "", deleted=True), adopted=True)
    if present.total or (plan is not None and entry is not None and holds_more(entry, plan)):
        more = "More than this credit note and this invoice is in the entry there."
        return Answer(error=Stale(more, code="application_shared_there"))
    return Answer(rebuild=present)


def used_beyond(ready: Ready, present: Written) -> Answer | None:
    """Ask before a credit note is made smaller than what people use of it in the ledger.

    The ledger would take the rest off their invoices without a word. What it comes off first, by
    us, does not count.
    """
    said = ready.totals.get("total")
    if ready.kind != DocumentKind.CREDIT_NOTE or said is None or present.balance is None:
        return None
    used = (present.total or Decimal(0)) - present.balance - (ready.comes_off or Decimal(0))
    if used <= Decimal(said.value):
        return None
    return Answer(error=Refused(f"Of it {used} is used there.", code="used_beyond_there"))


def look_before_void(ledger: Ledger, ready: Ready) -> Answer | None:
    """Let a credit note be taken away only as long as it is on no invoice; None: go ahead.

    What it comes off first, by us, does not count.
    """
    present = ledger.read(ready.kind, ready.ledger_id or "")
    if present is None:
        return Answer(written=Written(ready.ledger_id or "", "", deleted=True), adopted=True)
    if present.voided:
        return Answer(written=present, adopted=True)
    ours = ready.comes_off or Decimal(0)
    if present.balance is not None and present.balance + ours < (present.total or 0):
        left = f"Of it {present.balance} is not used there."
        return Answer(error=Refused(left, code="applied_there"))
    if present.total not in (ready.known_total, ready.ours.total):
        # A void takes it out of the books for good: not what somebody made another credit of.
        changed = f"Its total was changed there to {present.total}."
        return Answer(error=Stale(changed, code="changed_there"))
    if present.version != ready.known_version:
        return Answer(rebuild=present)
    return None


# What a refusal to put a credit note on an invoice may mean, one call each.
AFTER_REFUSAL: tuple[Look, ...] = (
    look_for_application,
    see_who_applied_it,
    see_what_is_left,
    see_what_is_owed,
)
