"""Say which document must wait for another: a credit note is put on an invoice once both are there.

And it is changed or voided only once it is off what it is not to be on any more: a ledger refuses
that, or lets go of the invoice without a word.
"""

from __future__ import annotations

from sqlalchemy import exists, or_, select

from app.domain.states import FINISHED, DocumentKind, InvoiceStatus, SyncState
from app.extensions import db
from app.models import (
    CreditApplication,
    CreditNote,
    DocumentLink,
    Invoice,
    Push,
    SalesDocument,
)
from app.usecases.push.linked import link_of


def waits_for_others(document: SalesDocument) -> bool:
    """Tell whether nothing may be intended for a document yet; it is locked, its connection set."""
    if isinstance(document, CreditNote):
        return _still_on_something(document)
    if isinstance(document, CreditApplication):
        if document.status == InvoiceStatus.VOID and document.sync_state != SyncState.UNLINKED:
            return False
        return links_for(document) is None
    return False


def show_waiting(document: SalesDocument) -> None:
    """Show that an application waits for its documents, and no more for what it waited before."""
    if isinstance(document, CreditApplication) and document.sync_state == SyncState.BLOCKED:
        document.sync_state, document.problem = SyncState.WAITING, None


def only_waited(document: SalesDocument) -> bool:
    """Tell whether an application waited for its documents, with nothing intended yet."""
    waits = document.sync_state == SyncState.WAITING
    return waits and isinstance(document, CreditApplication)


def links_for(one: CreditApplication) -> tuple[DocumentLink, DocumentLink, Invoice] | None:
    """Return the links of a credit note and of the invoice it is put on, and that invoice.

    None while one of them is not in the application's ledger, or not as billing has it now.
    """
    credit = db.session.get_one(CreditNote, one.credit_note_id)
    invoice = db.session.scalar(
        select(Invoice).where(
            Invoice.workspace_id == one.workspace_id, Invoice.external_id == one.applied_to
        )
    )
    if invoice is None or one.connection_id is None:
        return None
    there = link_of(one.connection_id, credit), link_of(one.connection_id, invoice)
    if there[0] is None or there[1] is None or there[0].revision < credit.revision:
        return None
    return there[0], there[1], invoice


def _still_on_something(credit: CreditNote) -> bool:
    """Tell whether a credit note in the ledger is still on an invoice that billing took it off."""
    if credit.connection_id is None or link_of(credit.connection_id, credit) is None:
        return False
    linked = exists().where(
        DocumentLink.connection_id == credit.connection_id,
        DocumentLink.document_kind == DocumentKind.CREDIT_APPLICATION,
        DocumentLink.document_id == CreditApplication.id,
        CreditApplication.sync_state != SyncState.VOIDED,
    )
    on_its_way = exists().where(
        Push.connection_id == credit.connection_id,
        Push.document_kind == DocumentKind.CREDIT_APPLICATION,
        Push.document_id == CreditApplication.id,
        Push.state.not_in(FINISHED),
    )
    still = select(CreditApplication.id).where(
        CreditApplication.credit_note_id == credit.id,
        CreditApplication.status == InvoiceStatus.VOID,
        or_(linked, on_its_way),
    )
    return db.session.scalar(still.limit(1)) is not None
