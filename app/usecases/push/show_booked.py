"""Show an invoice as the ledger has it, when nothing of ours is on its way any more."""

from __future__ import annotations

from app.domain.problem import Problem
from app.domain.states import SyncState
from app.domain.wording import format_money
from app.models import DocumentLink, Invoice


def show_as_booked(invoice: Invoice, link: DocumentLink | None) -> None:
    """Show an invoice as its link says the ledger has it; the caller commits."""
    invoice.sync_state, invoice.problem = SyncState.PUSHED, None
    if link is None:
        invoice.sync_state = SyncState.UNLINKED
    elif link.ledger_total not in (None, invoice.total):
        theirs = format_money(link.ledger_total or 0, invoice.currency)
        invoice.sync_state = SyncState.DIFFERS
        invoice.problem = differs_problem(invoice, theirs, None).as_json()


def differs_problem(invoice: Invoice, theirs: str, request_id: str | None) -> Problem:
    """Say that the ledger has another total than billing."""
    ours = format_money(invoice.total, invoice.currency)
    return Problem(
        code="differs",
        title=f"The ledger booked {theirs}, billing says {ours}.",
        means="It is in the ledger with another total than the customer was billed.",
        what_to_do="Compare the tax of both, then correct the invoice in billing or in the ledger.",
        ledger_request_id=request_id,
    )
