"""Take what is due, in short transactions, and hand back what could not be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app.domain.states import CLAIMABLE, DocumentKind, PushState, SyncState
from app.extensions import db
from app.models import Attempt, Invoice, Push

# A claim that is older than this belongs to a worker that is gone.
_LEASE = timedelta(minutes=5)


def claim(connection_id: int, worker: str, now: datetime, most: int) -> list[int]:
    """Claim up to so many pushes that are due, oldest first; returns their ids; commits.

    Called by the one worker that drains this company, so a push that another worker left claimed
    was abandoned by it and is taken over at once.
    """
    due = db.session.scalars(
        select(Push.id)
        .where(
            Push.connection_id == connection_id,
            or_(
                Push.state.in_(CLAIMABLE) & (Push.due_at <= now),
                (Push.state == PushState.PUSHING)
                & ((Push.claimed_by != worker) | (Push.claimed_until < now)),
            ),
        )
        .order_by(Push.document_kind != DocumentKind.CUSTOMER, Push.due_at, Push.id)
        .limit(most)
    ).all()
    claimed = lock(due, skip_locked=True)
    for push, invoice in claimed:
        if push.state == PushState.PUSHING and push.first_sent_at is not None:
            _note_abandoned(push, now)
        push.state = PushState.PUSHING
        push.claimed_by = worker
        push.claimed_until = now + _LEASE
        if invoice is not None:
            invoice.sync_state = SyncState.PUSHING
    ids = [push.id for push, _ in claimed]
    db.session.commit()
    return ids


def lock(
    push_ids: Sequence[int], *, skip_locked: bool = False
) -> list[tuple[Push, Invoice | None]]:
    """Lock pushes with their invoices, in the order of the ids given.

    Everybody locks the invoice first and its push second, as billing's hook must: two orders would
    be a deadlock. A customer's push has no invoice.
    """
    of_invoices = select(Push.document_id).where(
        Push.id.in_(push_ids), Push.document_kind == DocumentKind.INVOICE
    )
    invoices = {
        invoice.id: invoice
        for invoice in db.session.scalars(
            select(Invoice)
            .where(Invoice.id.in_(of_invoices))
            .order_by(Invoice.id)
            .with_for_update(skip_locked=skip_locked)
            .execution_options(populate_existing=True)
        )
    }
    pushes = {
        push.id: push
        for push in db.session.scalars(
            select(Push)
            .where(
                Push.id.in_(push_ids),
                or_(
                    Push.document_kind != DocumentKind.INVOICE,
                    Push.document_id.in_(invoices.keys()),
                ),
            )
            .order_by(Push.id)
            .with_for_update(skip_locked=skip_locked)
            .execution_options(populate_existing=True)
        )
    }
    found = [pushes[push_id] for push_id in push_ids if push_id in pushes]
    return [(push, _invoice_of(push, invoices)) for push in found]


def _invoice_of(push: Push, invoices: dict[int, Invoice]) -> Invoice | None:
    return invoices[push.document_id] if push.document_kind == DocumentKind.INVOICE else None


def _note_abandoned(push: Push, now: datetime) -> None:
    db.session.add(
        Attempt(
            workspace_id=push.workspace_id,
            push_id=push.id,
            connection_id=push.connection_id,
            started_at=now,
            milliseconds=0,
            outcome=SyncState.UNCONFIRMED,
            words="Our worker stopped before the answer came. We ask again with the same key.",
        )
    )


def hand_back(push_ids: Sequence[int], due_at: datetime) -> None:
    """Return claimed pushes, to be due later; costs no attempt; commits.

    What was sent before and never answered stays unconfirmed: only its time moves.
    """
    for push, invoice in lock(push_ids):
        if push.state != PushState.PUSHING:
            continue
        unknown = push.first_sent_at is not None
        push.state = PushState.UNCONFIRMED if unknown else PushState.WAITING
        push.due_at = due_at
        push.claimed_by = push.claimed_until = None
        if invoice is not None:
            invoice.sync_state = SyncState(push.state)
    db.session.commit()
