"""Leave a credit note on what it is on, and off what it is off, while its change does not leave.

In the caller's transaction, the credit note locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.domain.states import (
    FINISHED,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.extensions import db
from app.models import CreditApplication, CreditNote, Push, SalesDocument
from app.usecases.push.on_there import show_as_there


def stay_on(document: SalesDocument, now: datetime) -> None:
    """Take back that a credit note comes off anything, as far as no such request has left.

    For a change that billing renewed, that somebody holds, or that is given up.
    """
    if not isinstance(document, CreditNote):
        return
    for one, push in _open(document):
        comes_off = one.status == InvoiceStatus.VOID and push.operation == Operation.VOID
        if comes_off and push.first_sent_at is None:
            _cancel(push, now)
            one.sync_state, one.problem = SyncState.PUSHED, None
            show_as_there(one)
    db.session.flush()


def stays_as_it_was(document: SalesDocument, now: datetime) -> None:
    """Show that a credit note's newest change is not sent, so that it is put on nothing either."""
    if not isinstance(document, CreditNote):
        return
    stay_on(document, now)
    pushes = {one.id: push for one, push in _open(document)}
    for one in applications_of(document):
        push = pushes.get(one.id)
        if one.status == InvoiceStatus.VOID or (push is not None and not _unsent(push)):
            continue
        if push is not None:
            _cancel(push, now)
        if push is not None or one.sync_state in (SyncState.WAITING, SyncState.BLOCKED):
            one.sync_state, one.problem = SyncState.NOT_SENT, None
    db.session.flush()


def applications_of(credit: CreditNote) -> Sequence[CreditApplication]:
    """Return everything a credit note was ever to be put on, locked."""
    return db.session.scalars(
        select(CreditApplication)
        .where(CreditApplication.credit_note_id == credit.id)
        .order_by(CreditApplication.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _open(credit: CreditNote) -> list[tuple[CreditApplication, Push]]:
    """Return its applications under way, each with its push; both locked, in that order."""
    applications = {one.id: one for one in applications_of(credit)}
    pushes = db.session.scalars(
        select(Push)
        .where(
            Push.document_kind == DocumentKind.CREDIT_APPLICATION,
            Push.document_id.in_(applications),
            Push.state.not_in(FINISHED),
        )
        .order_by(Push.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [(applications[push.document_id], push) for push in pushes]


def _unsent(push: Push) -> bool:
    return push.first_sent_at is None and not push.key_used


def _cancel(push: Push, now: datetime) -> None:
    push.state, push.finished_at = PushState.CANCELLED, now
    push.claimed_by = push.claimed_until = None
