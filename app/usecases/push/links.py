"""Link what was written to what the ledger has: its id, its version token, its totals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from app.domain.edited_there import Content
from app.domain.states import InvoiceStatus
from app.extensions import db
from app.ledgers.interface import Written
from app.models import CustomerLink, DocumentLink, Push, SalesDocument
from app.usecases.documents import want_again
from app.usecases.push.agreed import agree_on
from app.usecases.push.linked import link_of
from app.usecases.push.readied import Ready


def link_customer(push: Push, written: Written, adopted: bool, version: str | None) -> None:
    """Link a customer to what the ledger has, in place of a link of before; the caller commits.

    version: of the ledger's customer as our write left it; None where it is not as we wrote it.
    """
    link = customer_link_of(push.connection_id, push.document_id)
    if link is None:
        link = CustomerLink(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            customer_id=push.document_id,
        )
        db.session.add(link)
    link.ledger_id = written.ledger_id
    link.ledger_name = written.name or ""
    link.how = "adopted" if adopted else "created"
    link.currency = written.currency
    link.version = version
    link.sent = dict(push.aim["said"]) if push.aim and push.aim.get("said") else None
    link.gone = None


def customer_link_of(connection_id: int, customer_id: int) -> CustomerLink | None:
    """Return who a customer of ours is in a ledger; None where nobody settled it."""
    return db.session.scalar(
        select(CustomerLink).where(
            CustomerLink.connection_id == connection_id, CustomerLink.customer_id == customer_id
        )
    )


def link_document(
    push: Push,
    invoice: SalesDocument,
    written: Written,
    ready: Ready,
    adopted: bool,
    url: str | None,
    now: datetime,
    left: Content | None = None,
) -> DocumentLink:
    """Link a document to what the ledger booked, or renew its link; the caller commits.

    left: what we left there, where it was found with something else.
    """
    link = link_of(push.connection_id, invoice)
    if is_new := link is None:
        link = DocumentLink(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            document_kind=invoice.kind,
            document_id=invoice.id,
            ledger_id=written.ledger_id,
            pushed_at=now,
            adopted=adopted,
            settled=heard_of(invoice),
        )
        db.session.add(link)
        invoice.linked_before = None
    if written.deleted:
        return link  # a ledger that voids by deleting tells nothing of it any more
    link.version = written.version
    link.revision = ready.revision
    link.number = written.number
    link.url = url
    link.sent_total = ready.ours.total  # billing may say another by now
    link.ledger_total = written.total
    link.ledger_tax_total = written.tax_total
    agree_on(link, written, left)
    if is_new and not adopted:  # a new document has none of what the one before it had
        want_again(invoice.id, now)
    return link


def heard_of(invoice: SalesDocument) -> Decimal:
    """Return how much billing has heard is settled, under a link that a disconnect cleared."""
    if invoice.status == InvoiceStatus.VOID:
        return Decimal(0)
    return max(invoice.total - invoice.balance, Decimal(0))
