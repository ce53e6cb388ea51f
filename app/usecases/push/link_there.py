"""Link an invoice of ours to one that somebody typed into the ledger; nothing is written there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.domain.states import DocumentKind, PushState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, DocumentLink, LedgerInvoiceRow, Push, SalesDocument
from app.usecases.company.open_ledger import on_paper
from app.usecases.events.tell_billing import tell_billing
from app.usecases.push.applying import go_on
from app.usecases.push.differs import show_figures
from app.usecases.push.links import heard_of
from app.usecases.push.noted import note_without_call
from app.usecases.settle import settle_from_mirror

# The outcome of an attempt that linked what was there.
LINKED = "linked"
OURSELVES = "Ledgerbridge"


def free_there(connection_id: int, ledger_id: str, invoice_id: int) -> LedgerInvoiceRow | None:
    """Return a live invoice of the ledger that no other of ours is, or was, linked to; or None."""
    linked = select(DocumentLink.id).where(
        DocumentLink.connection_id == connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == ledger_id,
    )
    before = select(SalesDocument.id).where(
        SalesDocument.connection_id == connection_id,
        SalesDocument.linked_before == ledger_id,
        SalesDocument.id != invoice_id,
    )
    return db.session.scalar(
        select(LedgerInvoiceRow).where(
            LedgerInvoiceRow.connection_id == connection_id,
            LedgerInvoiceRow.ledger_id == ledger_id,
            ~LedgerInvoiceRow.deleted,
            ~LedgerInvoiceRow.voided,
            ~linked.exists(),
            ~before.exists(),
        )
    )


def link_there(
    push: Push | None,
    invoice: SalesDocument,
    row: LedgerInvoiceRow,
    reason: str,
    now: datetime,
    actor: str = OURSELVES,
) -> None:
    """Take a ledger's invoice for ours; both are locked, the caller commits.

    Its push is cancelled: we created nothing, so no undo of a run may take it out. The first write
    of ours, whenever billing changes the invoice, reads what is there before. reason: what agrees.
    """
    connection = db.session.get_one(Connection, row.connection_id)
    link = _link(invoice, row, connection, now)
    db.session.add(link)
    invoice.linked_before = None
    invoice.others_there = [
        one for one in invoice.others_there or () if one != row.ledger_id
    ] or None
    if push is not None:
        _give_up(push, now)
        _note(push, row, connection, reason, now, actor)
    show_figures(invoice, connection, row.total, row.tax_total)
    db.session.flush()
    settle_from_mirror(connection.id, invoice)
    tell_billing(invoice, f"{invoice.kind}.pushed", link, linked=True)
    go_on(invoice, now)


def _link(
    invoice: SalesDocument, row: LedgerInvoiceRow, connection: Connection, now: datetime
) -> DocumentLink:
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    return DocumentLink(
        workspace_id=invoice.workspace_id,
        connection_id=connection.id,
        document_kind=invoice.kind,
        document_id=invoice.id,
        ledger_id=row.ledger_id,
        version=row.version or "",
        revision=invoice.revision,
        number=row.number or "",
        ledger_total=row.total,
        ledger_tax_total=row.tax_total,
        settled=heard_of(invoice),
        url=paper.url(DocumentKind.INVOICE, row.ledger_id),
        adopted=True,
        pushed_at=now,
    )


def _give_up(push: Push, now: datetime) -> None:
    push.state = PushState.CANCELLED
    push.finished_at = now
    push.claimed_by = push.claimed_until = push.problem = None


def _note(
    push: Push,
    row: LedgerInvoiceRow,
    connection: Connection,
    reason: str,
    now: datetime,
    actor: str,
) -> None:
    ledger = LEDGERS[connection.provider].provider.name
    named = f"invoice {row.number}" if row.number else "an invoice without a number"
    note_without_call(
        push,
        LINKED,
        f"Linked to {named} that was in {ledger} already. {reason} Nothing was sent.",
        now,
        actor,
    )
