"""Intend what waited for another document: put a credit note on its invoices, or take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select

from app.domain.edited_there import EDITED_THERE, GONE_THERE
from app.domain.problem import Missing, Problem
from app.domain.states import (
    FINISHED,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.extensions import db
from app.models import (
    CreditApplication,
    CreditNote,
    DocumentLink,
    Invoice,
    Push,
    SalesDocument,
)
from app.usecases.push.claim import LOCK_ORDER
from app.usecases.push.intent import follow_up, open_push, take_off, want_push
from app.usecases.push.order import coming_off, invoice_of, is_settled, links_for
from app.usecases.push.stay_on import applications_of

# Where an application is that nothing is intended for yet.
_WAITING = (SyncState.WAITING, SyncState.UNLINKED, SyncState.BLOCKED)
# Applications looked at again after one pull.
_AT_ONCE = 100
# A change of a credit note that waits until it is off its invoices is looked at again by then,
# should it not be woken before.
_UNTIL_OFF = timedelta(hours=1)


def go_on(document: SalesDocument, now: datetime) -> None:
    """Intend what waited for this document, which is locked; the caller commits."""
    if isinstance(document, CreditApplication):
        if document.status == InvoiceStatus.VOID:
            _go_on_without(document, now)
    elif isinstance(document, CreditNote):
        if is_settled(document):  # a person kept the ledger's: what it is on is billing's still
            for one in _coming_off(document):
                want_push(one, Operation.VOID, now)
        _want(_waiting(CreditApplication.credit_note_id == document.id, opted_out=True), now)
    else:
        _want(
            _waiting(
                CreditApplication.workspace_id == document.workspace_id,
                CreditApplication.applied_to == document.external_id,
            ),
            now,
        )


def wait_until_off(push: Push, credit: CreditNote, now: datetime) -> None:
    """Let the change of a credit note wait until it is off what is in the way; no commit."""
    push.state, push.due_at = PushState.WAITING, now + _UNTIL_OFF
    push.claimed_by = push.claimed_until = None
    push.body = push.key = None
    credit.sync_state = SyncState.WAITING


def take_all_off(credit: CreditNote, now: datetime) -> None:
    """Take a credit note off what is in the way of its change, which may leave; no commit."""
    for one in _coming_off(credit):
        take_off(one, now)


def _coming_off(credit: CreditNote) -> list[CreditApplication]:
    """Return what a credit note comes off, locked."""
    ids = {one.id for one in coming_off(credit)}
    return [one for one in applications_of(credit) if one.id in ids] if ids else []


def give_up(push: Push, document: SalesDocument, now: datetime) -> None:
    """End what billing took back on its way, now that the ledger refused it; no commit.

    Else the change of its credit note would wait for it until somebody tried it again. Not where
    an entry with our mark is there, which a person must look at.
    """
    marked = (push.problem or {}).get("code") == "changed_there"
    if (
        isinstance(document, CreditApplication)
        and (push.state, push.operation) == (PushState.FAILED, Operation.CREATE)
        and not marked
    ):
        push.look_first = push.key_used = False
        want_push(document, Operation.VOID, now)


def _go_on_without(one: CreditApplication, now: datetime) -> None:
    """Let go what waited until a credit note is off an invoice: its change, and a void of that."""
    credit = db.session.get_one(CreditNote, one.credit_note_id)
    push = open_push(credit.connection_id or 0, credit.kind, credit.id)
    if push is not None and push.state == PushState.WAITING:
        push.due_at = min(push.due_at, now)
    elif push is None:
        follow_up(credit, now)
    _want(_waiting(CreditApplication.credit_note_id == credit.id), now)
    invoice = invoice_of(one)
    if invoice is not None and one.sync_state == SyncState.VOIDED:
        _void_at_last(invoice, now)


def _void_at_last(invoice: Invoice, now: datetime) -> None:
    """Try the void of an invoice again that was refused while the credit was on it."""
    push = open_push(invoice.connection_id or 0, invoice.kind, invoice.id)
    if push is None or push.state != PushState.FAILED or push.operation != Operation.VOID:
        return
    asked = (push.problem or {}).get("code") in (EDITED_THERE, *GONE_THERE)
    if invoice.status == InvoiceStatus.VOID and push.undoes_id is None and not asked:
        push.state, push.due_at, push.attempts = PushState.WAITING, now, 0
        push.problem = invoice.problem = None
        invoice.sync_state = SyncState.WAITING


def catch_up(connection_id: int, now: datetime) -> None:
    """Intend what two transactions at once each left to the other; the caller commits.

    A revision that names an invoice, and the record that this invoice is booked, may each be
    written before the other can be seen.
    """
    both = exists().where(
        DocumentLink.connection_id == connection_id,
        DocumentLink.document_kind == DocumentKind.CREDIT_NOTE,
        DocumentLink.document_id == CreditApplication.credit_note_id,
    )
    _want(_waiting(CreditApplication.connection_id == connection_id, both), now)


def _waiting(*which: ColumnElement[bool], opted_out: bool = False) -> Sequence[tuple[int, int]]:
    under_way = exists().where(
        Push.document_kind == DocumentKind.CREDIT_APPLICATION,
        Push.document_id == CreditApplication.id,
        Push.state.not_in(FINISHED),
    )
    waits: ColumnElement[bool] = CreditApplication.sync_state.in_(_WAITING)
    if opted_out:  # with its credit note, which is sent after all
        live = CreditApplication.status != InvoiceStatus.VOID
        waits = waits | ((CreditApplication.sync_state == SyncState.NOT_SENT) & live)
    rows = db.session.execute(
        select(CreditApplication.id, CreditApplication.credit_note_id)
        .where(waits, ~under_way, *which)
        .order_by(CreditApplication.id)
        .limit(_AT_ONCE)
    )
    return [(row[0], row[1]) for row in rows]


def _want(waiting: Sequence[tuple[int, int]], now: datetime) -> None:
    if not waiting:
        return
    ids = {number for pair in waiting for number in pair}
    locked = db.session.scalars(
        select(SalesDocument)
        .where(SalesDocument.id.in_(ids))
        .order_by(*LOCK_ORDER)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for one in locked:
        if isinstance(one, CreditApplication):
            _want_one(one, now)


def _want_one(one: CreditApplication, now: datetime) -> None:
    credit = db.session.get_one(CreditNote, one.credit_note_id)
    one.connection_id = credit.connection_id
    found = links_for(one)
    reason = unfit(credit, found[2]) if found and one.status != InvoiceStatus.VOID else ""
    if reason:
        one.sync_state = SyncState.BLOCKED
        one.problem = _unfit_problem(reason).as_json()
    else:
        want_push(one, Operation.CREATE, now)


def unfit(credit: CreditNote, invoice: Invoice) -> str:
    """Say why a credit note cannot be put on an invoice; "" when it can."""
    if invoice.customer_id != credit.customer_id:
        return f"{invoice.number} is another customer's."
    if invoice.currency != credit.currency:
        return f"{invoice.number} is in {invoice.currency}, the credit note in {credit.currency}."
    if invoice.status == InvoiceStatus.VOID:
        return f"{invoice.number} is void, so nothing can be put on it."
    return ""


def _unfit_problem(reason: str) -> Problem:
    return Problem(
        code="unfit_invoice",
        title=reason,
        means="The credit note is in the books, and not on this invoice.",
        what_to_do="Correct in billing what the credit note is applied to.",
        missing=(Missing("document", "", reason),),
    )


def wait_again(push: Push, one: CreditApplication, now: datetime) -> None:
    """Give an application up that has lost one of its documents; it comes again with that one."""
    push.state = PushState.CANCELLED
    push.finished_at = now
    push.claimed_by = push.claimed_until = None
    one.sync_state = SyncState.WAITING
