"""Say which document must wait for another: a credit note is put on an invoice once both are there.

It comes off what billing takes it off only as its own change leaves: held, stopped or given up,
that leaves what it is on as it was. And the change waits for that: a ledger refuses it otherwise,
or lets go of the invoice without a word.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    if not isinstance(document, CreditApplication):
        return False
    credit = db.session.get_one(CreditNote, document.credit_note_id)
    if document.status != InvoiceStatus.VOID:
        return links_for(document) is None or bool(coming_off(credit))
    if document.sync_state == SyncState.UNLINKED:
        return links_for(document) is None
    return _is_there(document) and not is_settled(credit)


def show_waiting(document: SalesDocument) -> None:
    """Show that an application waits for its documents, and no more for what it waited before."""
    stopped = document.sync_state in (SyncState.BLOCKED, SyncState.NOT_SENT)
    if (
        isinstance(document, CreditApplication)
        and document.status != InvoiceStatus.VOID
        and stopped
    ):
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
    invoice = invoice_of(one)
    if invoice is None or one.connection_id is None:
        return None
    there = link_of(one.connection_id, credit), link_of(one.connection_id, invoice)
    if there[0] is None or there[1] is None:
        return None
    if one.status != InvoiceStatus.VOID and there[0].revision < credit.revision:
        return None
    return there[0], there[1], invoice


def invoice_of(one: CreditApplication) -> Invoice | None:
    """Return the invoice that an application is put on; None while billing has not sent it."""
    return db.session.scalar(
        select(Invoice).where(
            Invoice.workspace_id == one.workspace_id, Invoice.external_id == one.applied_to
        )
    )


def called(one: CreditApplication) -> str:
    """Return what people call the invoice that an application is put on."""
    invoice = invoice_of(one)
    return invoice.number if invoice is not None else one.applied_to


def is_settled(credit: CreditNote) -> bool:
    """Tell whether the ledger has a credit note as billing has it now, or as a person left it."""
    if credit.status == InvoiceStatus.VOID:
        return credit.sync_state == SyncState.VOIDED
    link = link_of(credit.connection_id, credit) if credit.connection_id is not None else None
    return link is not None and link.revision >= credit.revision


def coming_off(credit: CreditNote) -> Sequence[CreditApplication]:
    """Return what a credit note in the ledger is still on, or may be, and billing took it off."""
    if credit.connection_id is None or link_of(credit.connection_id, credit) is None:
        return ()
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
    return db.session.scalars(
        select(CreditApplication)
        .where(
            CreditApplication.credit_note_id == credit.id,
            CreditApplication.status == InvoiceStatus.VOID,
            or_(linked, on_its_way),
        )
        .order_by(CreditApplication.id)
    ).all()


def _is_there(one: CreditApplication) -> bool:
    return one.connection_id is not None and link_of(one.connection_id, one) is not None
