"""Write down that a document was taken back: what the invoice is now, what billing must hear."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update

from app.domain.problem import Problem
from app.domain.states import (
    ConnectionState,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.domain.undo import taken_back_problem
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Written
from app.models import (
    Connection,
    DocumentLink,
    LedgerInvoiceRow,
    Push,
    PushRun,
    SalesDocument,
)
from app.usecases.events.tell_billing import tell_billing
from app.usecases.push.linked import link_of


def is_undo(push: Push, invoice: SalesDocument | None) -> bool:
    """Tell whether a person takes the document back; billing's own void goes the ordinary way."""
    return (
        push.undoes_id is not None and invoice is not None and invoice.status != InvoiceStatus.VOID
    )


def deleted_there(
    push: Push, invoice: SalesDocument, connection: Connection, now: datetime
) -> None:
    """Unlink an invoice that was taken back without a trace, and hold it until a person pushes it.

    The push is finished already. A disconnect meanwhile has cleared the link: held all the same,
    or a reconnect would push it again.
    """
    link = link_of(connection.id, invoice)
    if link is not None:
        _bury(link)
        db.session.delete(link)
    if invoice.status == InvoiceStatus.VOID:  # billing voided it meanwhile: nothing waits any more
        invoice.sync_state, invoice.problem = SyncState.NOT_SENT, None
        return
    invoice.sync_state = SyncState.HELD
    invoice.problem = _problem(push, invoice, connection, "delete").as_json()
    _owed_again(invoice)
    if link is not None:
        _tell(invoice, link, deleted=True)
    if connection.state != ConnectionState.DISCONNECTED:
        db.session.add(_held_again(push, invoice, now))


def voided_there(
    push: Push, invoice: SalesDocument, connection: Connection, link: DocumentLink, written: Written
) -> None:
    """Show an invoice that was taken back by voiding it; it stays linked, its number is used."""
    invoice.sync_state = SyncState.VOIDED
    invoice.problem = _problem(push, invoice, connection, "void").as_json()
    _owed_again(invoice)
    link.version, link.ledger_total = written.version, written.total
    link.ledger_tax_total = written.tax_total
    _tell(invoice, link, deleted=False)


def _owed_again(invoice: SalesDocument) -> None:
    """Leave it open: nobody told billing's customer that nothing is owed (decision 7)."""
    invoice.status = InvoiceStatus.OPEN
    invoice.balance = invoice.total


def _held_again(push: Push, invoice: SalesDocument, now: datetime) -> Push:
    """Return the intention a person lets go: looked for by number first, then created anew."""
    return Push(
        workspace_id=push.workspace_id,
        connection_id=push.connection_id,
        document_kind=invoice.kind,
        document_id=invoice.id,
        operation=Operation.CREATE,
        revision=invoice.revision,
        state=PushState.HELD,
        due_at=now,
        look_first=True,
        problem=invoice.problem,
    )


def _problem(push: Push, invoice: SalesDocument, connection: Connection, how: str) -> Problem:
    run = db.session.get_one(PushRun, db.session.get_one(Push, push.undoes_id).run_id)
    zone = ZoneInfo(connection.workspace.time_zone)
    at = run.undone_at or push.created_at
    return taken_back_problem(
        invoice.number,
        invoice.total,
        invoice.currency,
        how,
        run.undone_by or "somebody",
        at.astimezone(zone).date(),
        LEDGERS[connection.provider].provider.name,
    )


def _bury(link: DocumentLink) -> None:
    """Mark it deleted in the mirror too: the ledger's own word for it comes with the next pull."""
    db.session.execute(
        update(LedgerInvoiceRow)
        .where(
            LedgerInvoiceRow.connection_id == link.connection_id,
            LedgerInvoiceRow.ledger_id == link.ledger_id,
        )
        .values(deleted=True)
    )


def _tell(invoice: SalesDocument, link: DocumentLink, *, deleted: bool) -> None:
    """Leave word for billing, once: the pull that reads it finds the state told already."""
    event = f"{invoice.kind}.voided_in_ledger"
    tell_billing(invoice, event, link, deleted=deleted, taken_back=True)
