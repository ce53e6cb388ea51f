"""Differences that somebody left as they are, as long as both sides still say what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from app.domain.drift import Kind
from app.domain.states import InvoiceStatus, SyncState
from app.domain.wording import format_money
from app.extensions import db
from app.models import CreditNote, DocumentLink, Drift, Invoice, SalesDocument
from app.usecases.reconciliation.drifts import ACCEPTED

# What a comparison calls an invoice in one of these states.
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    SyncState.DIFFERS: (Kind.AMOUNT, Kind.TAX),
    SyncState.VOIDED: (Kind.VOIDED_THERE,),
    SyncState.DELETED_THERE: (Kind.DELETED_THERE, Kind.MISSING_THERE),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who left a difference as it is, and when."""

    by: str
    at: datetime


def accepted_of(documents: Sequence[SalesDocument]) -> dict[int, Accepted]:
    """Return what was accepted of these documents' present differences, by our id; one query."""
    ids = [
        one.id
        for one in documents
        if isinstance(one, Invoice | CreditNote)
        and one.sync_state in _KINDS
        and one.status != InvoiceStatus.VOID  # then both sides agree
    ]
    if not ids:
        return {}
    rows = db.session.execute(
        select(Drift, SalesDocument, DocumentLink)
        .join(SalesDocument, SalesDocument.id == Drift.invoice_id)
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == Drift.connection_id,
                DocumentLink.document_kind == Drift.document_kind,
                DocumentLink.document_id == Drift.invoice_id,
            ),
        )
        .where(Drift.invoice_id.in_(ids), Drift.closed_at.is_(None), Drift.decision == ACCEPTED)
    )
    return {
        invoice.id: Accepted(drift.decided_by or "", drift.decided_at)
        for drift, invoice, link in rows
        if drift.decided_at is not None and _is_about(drift, invoice, link)
    }


def _is_about(drift: Drift, invoice: SalesDocument, link: DocumentLink | None) -> bool:
    """Tell whether a difference is the one that an invoice shows now, with the same figures."""
    if drift.kind not in _KINDS.get(invoice.sync_state, ()):
        return False
    if invoice.sync_state != SyncState.DIFFERS:
        return True
    if link is None:
        return False
    ours, theirs = invoice.total, link.ledger_total
    if drift.kind == Kind.TAX:
        ours, theirs = invoice.tax_total, link.ledger_tax_total
    if theirs is None:
        return False
    shown = format_money(ours, invoice.currency), format_money(theirs, invoice.currency)
    return shown == (drift.ours, drift.theirs)
