"""Link what was written to what the ledger has: its id, its version token, its totals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.domain.states import DocumentKind, InvoiceStatus
from app.extensions import db
from app.ledgers.interface import Written
from app.models import CustomerLink, DocumentLink, Invoice, Push
from app.usecases.documents import want_again
from app.usecases.push.intent import link_of
from app.usecases.push.ready import Ready


def link_customer(push: Push, written: Written, adopted: bool) -> None:
    """Link a customer to what the ledger has; the caller commits."""
    db.session.add(
        CustomerLink(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            customer_id=push.document_id,
            ledger_id=written.ledger_id,
            ledger_name=written.name or "",
            how="adopted" if adopted else "created",
        )
    )


def link_document(
    push: Push,
    invoice: Invoice,
    written: Written,
    ready: Ready,
    adopted: bool,
    url: str | None,
    now: datetime,
) -> DocumentLink:
    """Link an invoice to what the ledger booked, or renew its link; the caller commits."""
    link = link_of(push.connection_id, invoice.id)
    if is_new := link is None:
        link = DocumentLink(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            document_kind=DocumentKind.INVOICE,
            document_id=invoice.id,
            ledger_id=written.ledger_id,
            pushed_at=now,
            adopted=adopted,
            settled=_heard(invoice),
        )
        db.session.add(link)
    link.version = written.version
    link.revision = ready.revision
    link.number = written.number
    link.url = url
    link.sent_total = ready.ours.total  # billing may say another by now
    link.ledger_total = written.total
    link.ledger_tax_total = written.tax_total
    if is_new and not adopted:  # a new document has none of what the one before it had
        want_again(invoice.id, now)
    return link


def _heard(invoice: Invoice) -> Decimal:
    """Return how much billing has heard is settled, under a link that a disconnect cleared."""
    if invoice.status == InvoiceStatus.VOID:
        return Decimal(0)
    return max(invoice.total - invoice.balance, Decimal(0))
