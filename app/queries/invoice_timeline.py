"""What happened to one invoice or credit note: our tries, what people pressed, what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, or_, select

from app.domain.states import OUT_OF_LEDGER, InvoiceStatus, SyncState
from app.extensions import db
from app.models import (
    Attempt,
    AuditEntry,
    CustomerLink,
    InvoiceDocument,
    OutboundEvent,
    Push,
    SalesDocument,
    SettlementChange,
)
from app.queries.audit_log import code_names, code_of
from app.queries.one_invoice import Theirs, documents_of
from app.usecases.store_invoice import REVISED, VOIDED

_SHOWN = 100

# What somebody did in the ledger, as billing was told it; our own tries tell the rest.
_DONE_THERE = (
    "invoice.part_paid",
    "invoice.paid",
    "invoice.payment_reversed",
    "invoice.voided_in_ledger",
    "credit_note.applied",
    "credit_note.voided_in_ledger",
)


# What makes an invoice due at once.
_PRESSED = ("invoice.retry", "invoice.push_now", "invoice.push_first")
# What lets an invoice go on that waited for it.
MAPPED = ("mapping.save", "mapping.import")
_SETTLED = ("customer.link", "customer.create_as", "customer.activate")
RELEASES = (*MAPPED, *_SETTLED)


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the timeline: one of attempt, deed, told, stands, file, moved, linked is there.

    number: the how-manieth try. asked: what somebody did right before, so that it was made.
    about: what billing calls the code that a deed is about.
    stands: how it stands in the ledger now, where no event says so.
    """

    at: datetime
    attempt: Attempt | None = None
    number: int = 0
    asked: Happened | None = None
    about: str = ""
    deed: AuditEntry | None = None
    told: OutboundEvent | None = None
    stands: Theirs | None = None
    file: InvoiceDocument | None = None
    moved: SettlementChange | None = None
    linked: CustomerLink | None = None

    @property
    def revised(self) -> bool:
        """Tell whether it is a revision or a void of billing's, which nobody pressed here."""
        return self.deed is not None and self.deed.action in (REVISED, VOIDED)


def timeline_of(
    invoice: SalesDocument,
    pushes: Sequence[Push],
    theirs: Theirs | None,
    link: CustomerLink | None = None,
) -> tuple[Happened, ...]:
    """Return what happened, newest first; the first entries of very many are left out.

    link: which customer of the ledger's it is for, told here where that came about since.
    """
    told = _told(invoice) if theirs else ()
    happened = [
        *(Happened(a.started_at, attempt=a, number=n) for n, a in enumerate(_tries(pushes), 1)),
        *(Happened(deed.created_at, deed=deed) for deed in _deeds(invoice)),
        *_released(invoice),
        *(Happened(one.attached_at or one.created_at, file=one) for one in documents_of(invoice)),
        # What we took back ourselves is among our tries already.
        *(Happened(e.created_at, told=e) for e in told if not e.data.get("taken_back")),
        *(Happened(one.created_at, moved=one) for one in _moved(invoice, theirs)),
    ]
    if theirs is not None and _untold(invoice, theirs, told):
        happened.append(Happened(theirs.changed_at, stands=theirs))
    if link is not None and came_later(link, invoice):
        happened.append(Happened(link.set_at or link.created_at, linked=link))
    return tuple(_with_askers(sorted(happened, key=lambda one: one.at))[: -_SHOWN - 1 : -1])


def _with_askers(oldest_first: Sequence[Happened]) -> list[Happened]:
    """Say of each try who pressed for it, where that is what came right before it."""
    told: list[Happened] = []
    for one in oldest_first:
        before = next((each for each in reversed(told) if each.linked is None), None)
        pressed = before.deed.action if before and before.deed else ""
        asked = one.attempt is not None and pressed in (*_PRESSED, *RELEASES)
        told.append(replace(one, asked=before) if asked else one)
    return told


def asked_for(attempt: Attempt, invoice: SalesDocument) -> Happened:
    """Return a try of a document, with what somebody did right before."""
    tries = [one for one in timeline_of(invoice, [attempt.push], None) if one.attempt]
    found = (one for one in tries if one.attempt and one.attempt.id == attempt.id)
    return next(found, Happened(attempt.started_at, attempt=attempt))


def came_later(link: CustomerLink, invoice: SalesDocument) -> bool:
    """Tell whether the customer was settled after the invoice was here."""
    return (link.set_at or link.created_at) > invoice.created_at


def _tries(pushes: Sequence[Push]) -> Sequence[Attempt]:
    return db.session.scalars(
        select(Attempt)
        .where(Attempt.push_id.in_([push.id for push in pushes]))
        .order_by(Attempt.started_at, Attempt.id)
    ).all()


def _deeds(invoice: SalesDocument) -> Sequence[AuditEntry]:
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"{invoice.kind}:{invoice.id}")
        .order_by(AuditEntry.id.desc())
        .limit(_SHOWN)
    ).all()


def _released(invoice: SalesDocument) -> Iterator[Happened]:
    deeds = _releases(invoice)
    names = code_names(deeds)
    for deed in deeds:
        yield Happened(deed.created_at, deed=deed, about=names.get(code_of(deed), ""))


def _releases(invoice: SalesDocument) -> Sequence[AuditEntry]:
    """Return what somebody settled since that the invoice cannot do without: codes, customer."""
    codes = {code for line in invoice.lines for code in (line.service_code, line.tax_code) if code}
    here = f"connection:{invoice.connection_id}"
    mapped = and_(
        AuditEntry.subject == here,
        AuditEntry.action.in_(MAPPED),
        AuditEntry.detail["code"].astext.in_(codes),
    )
    settled = and_(
        AuditEntry.subject == f"customer:{invoice.customer_id}", AuditEntry.action.in_(_SETTLED)
    )
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.created_at > invoice.created_at, or_(mapped, settled))
        .order_by(AuditEntry.id.desc())
        .limit(_SHOWN)
    ).all()


def _told(invoice: SalesDocument) -> Sequence[OutboundEvent]:
    return db.session.scalars(
        select(OutboundEvent)
        .where(
            OutboundEvent.workspace_id == invoice.workspace_id,
            OutboundEvent.subject == f"{invoice.kind}:{invoice.id}",
            OutboundEvent.type.in_(_DONE_THERE),
        )
        .order_by(OutboundEvent.id.desc())
        .limit(_SHOWN)
    ).all()


def _moved(invoice: SalesDocument, theirs: Theirs | None) -> Sequence[SettlementChange]:
    """Return what payments came and went, also before the invoice was known to be ours."""
    if theirs is None:
        return ()
    return db.session.scalars(
        select(SettlementChange)
        .where(
            SettlementChange.connection_id == invoice.connection_id,
            SettlementChange.invoice_ledger_id == theirs.ledger_id,
        )
        .order_by(SettlementChange.id.desc())
        .limit(_SHOWN)
    ).all()


def _untold(invoice: SalesDocument, theirs: Theirs, told: Sequence[OutboundEvent]) -> bool:
    """Tell whether the ledger has it otherwise than billing and no event says so."""
    if invoice.status == InvoiceStatus.VOID:
        return False
    if invoice.sync_state == SyncState.DIFFERS:
        return theirs.live
    gone = invoice.sync_state in OUT_OF_LEDGER
    return gone and not any(event.data.get("sync_state") == invoice.sync_state for event in told)
