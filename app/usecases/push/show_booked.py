"""Show an invoice as the ledger has it, when nothing of ours is on its way any more."""

from __future__ import annotations

from app.domain.states import SyncState
from app.models import DocumentLink, SalesDocument
from app.usecases.push.differs import show_figures


def show_as_booked(invoice: SalesDocument, link: DocumentLink | None) -> None:
    """Show an invoice as its link says the ledger has it; the caller commits."""
    invoice.sync_state, invoice.problem = SyncState.UNLINKED, None
    if link is not None and invoice.connection is not None:
        show_figures(invoice, invoice.connection, link.ledger_total, link.ledger_tax_total)
