"""Show an invoice as the ledger has it, when nothing of ours is on its way any more."""

from __future__ import annotations

from app.domain.states import SyncState
from app.ledgers import LEDGERS
from app.models import DocumentLink, SalesDocument
from app.usecases.push.differs import show_figures


def show_as_booked(invoice: SalesDocument, link: DocumentLink | None, cause: str = "") -> None:
    """Show an invoice as its link says the ledger has it; the caller commits.

    cause: a sentence on why that is not what billing says, where it is known.
    """
    invoice.sync_state, invoice.problem = SyncState.UNLINKED, None
    connection = invoice.connection
    if link is None or connection is None:
        return
    if not cause and link.revision < invoice.revision:
        ledger = LEDGERS[connection.provider].provider.name
        cause = f"Billing's newest change was not written to {ledger}."
    show_figures(invoice, connection, link.ledger_total, link.ledger_tax_total, cause=cause)
