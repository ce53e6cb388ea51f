"""Take what is due, in short transactions, and hand back what could not be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, or_, select, union, update
from sqlalchemy.orm import aliased, selectinload

from app.domain.states import (
    CLAIMABLE,
    SALES,
    DocumentKind,
    InvoiceStatus,
    Lane,
    PushState,
    SyncState,
)
from app.extensions import db
from app.models import Attempt, CreditApplication, Invoice, Push, SalesDocument
from app.usecases.push.let_go import let_go
from app.usecases.push.run import run_under_way

# Processes agree on the time to some milliseconds only: what another made due just now is due.
HAIR = timedelta(milliseconds=250)
# A claim that is older than this belongs to a worker that is gone.
LEASE = timedelta(minutes=5)
# The order in which everybody locks documents: invoices, credit notes, what puts these on those.
LOCK_ORDER = (SalesDocument.kind.desc(), SalesDocument.id)
_OFF = aliased(CreditApplication)  # of the same table as its invoice


def claim(
    connection_id: int, worker: str, now: datetime, most: int, last_lane: Lane = Lane.NORMAL
) -> list[int]:
    """Claim up to so many pushes that are due, lane by lane, oldest first; returns ids; commits.

    Called by the one worker that drains this company, so a push that another worker left claimed
    was abandoned by it and is taken over at once.
    """
    due = _to_claim(worker, now)
    wanted = db.session.scalars(
        select(Push.id)
        .where(
            Push.connection_id == connection_id,
            Push.lane <= last_lane,
            due,
            let_go(connection_id),
        )
        .order_by(Push.lane, Push.due_at, Push.id)
        .limit(most)
    ).all()
    rows = _locked(wanted, due, connection_id) if wanted else {}
    claimed = [rows[push_id] for push_id in wanted if push_id in rows]
    if claimed:
        _mark_claimed(claimed, worker, now)
    db.session.commit()
    return [row.id for row in claimed]


def due_in(connection_id: int, now: datetime, last_lane: Lane = Lane.NORMAL) -> bool:
    """Tell whether anything is due in a company, in the lanes up to one; ends the transaction."""
    due = exists().where(
        Push.connection_id == connection_id,
        Push.lane <= last_lane,
        Push.state.in_(CLAIMABLE),
        Push.due_at <= now + HAIR,
        let_go(connection_id),
    )
    found = bool(db.session.scalar(select(due)))
    db.session.commit()
    return found


def _to_claim(worker: str, now: datetime) -> ColumnElement[bool]:
    abandoned = (Push.claimed_by != worker) | (Push.claimed_until < now)
    return or_(
        Push.state.in_(CLAIMABLE) & (Push.due_at <= now + HAIR),
        (Push.state == PushState.PUSHING) & abandoned,
    )


def _locked(
    push_ids: Sequence[int], due: ColumnElement[bool], connection_id: int
) -> dict[int, Row]:  # type: ignore[type-arg]
    """Lock documents, then pushes, skipping what others hold; what is not due any more is left.

    Nor what was let go before: another invoice may have been chosen to be tried meanwhile.
    """
    documents = db.session.scalars(
        _documents_of(push_ids).with_for_update(skip_locked=True).order_by(*LOCK_ORDER)
    ).all()
    rows = db.session.execute(
        select(
            Push.id,
            Push.workspace_id,
            Push.connection_id,
            Push.document_kind,
            Push.document_id,
            Push.state,
            Push.first_sent_at,
        )
        .where(
            Push.id.in_(push_ids),
            due,
            let_go(connection_id),
            or_(Push.document_kind.not_in(SALES), Push.document_id.in_(documents)),
        )
        .order_by(Push.id)
        .with_for_update(skip_locked=True)
    )
    return {row.id: row for row in rows}


def _documents_of(push_ids: Sequence[int]) -> Select[int]:
    return select(SalesDocument.id).where(SalesDocument.id.in_(_ids_of(push_ids)))


def _ids_of(push_ids: Sequence[int]) -> Select[int]:
    return select(Push.document_id).where(Push.id.in_(push_ids), Push.document_kind.in_(SALES))


def _with_credit_notes(push_ids: Sequence[int]) -> Select[SalesDocument]:
    """Select the documents of pushes, and the credit note behind each application of one.

    Of one that comes off, its invoice too: a void of that may wait for it.
    """
    ids = _ids_of(push_ids)
    behind = select(CreditApplication.credit_note_id).where(CreditApplication.id.in_(ids))
    off = (
        select(Invoice.id)
        .join(
            _OFF,
            (_OFF.workspace_id == Invoice.workspace_id) & (_OFF.applied_to == Invoice.external_id),
        )
        .where(_OFF.id.in_(ids), _OFF.status == InvoiceStatus.VOID)
    )
    return select(SalesDocument).where(SalesDocument.id.in_(union(ids, behind, off)))


def _mark_claimed(claimed: Sequence[Row], worker: str, now: datetime) -> None:  # type: ignore[type-arg]
    first = claimed[0]
    # Attachments are no part of a run: undoing it takes the invoice out, and them with it.
    books = [row for row in claimed if row.document_kind != DocumentKind.ATTACHMENT]
    run_id = run_under_way(first.workspace_id, first.connection_id, now) if books else None
    ids = [row.id for row in claimed]
    _set_pushes(
        ids,
        state=PushState.PUSHING,
        claimed_by=worker,
        claimed_until=now + LEASE,
        run_id=func.coalesce(Push.run_id, run_id),
    )
    _show_invoices(ids, SyncState.PUSHING)
    for row in claimed:
        if row.state == PushState.PUSHING and row.first_sent_at is not None:
            _note_abandoned(row, now)


def _set_pushes(push_ids: Sequence[int], **values: object) -> None:
    db.session.execute(
        update(Push)
        .where(Push.id.in_(push_ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _show_invoices(push_ids: Sequence[int], state: object) -> None:
    """Show on the documents of pushes where they stand."""
    db.session.execute(
        update(SalesDocument)
        .where(
            SalesDocument.id == Push.document_id,
            Push.id.in_(push_ids),
            Push.document_kind.in_(SALES),
        )
        .values(sync_state=state)
        .execution_options(synchronize_session=False)
    )


def _note_abandoned(row: Row, now: datetime) -> None:  # type: ignore[type-arg]
    db.session.add(
        Attempt(
            workspace_id=row.workspace_id,
            push_id=row.id,
            connection_id=row.connection_id,
            started_at=now,
            milliseconds=0,
            outcome=SyncState.UNCONFIRMED,
            words="Our worker stopped before the answer came. We ask again with the same key.",
        )
    )


def lock(
    push_ids: Sequence[int], *, with_lines: bool = False
) -> list[tuple[Push, SalesDocument | None]]:
    """Lock pushes with their documents, in the order of the ids given.

    Everybody locks the document first and its push second, as billing's hook must: two orders would
    be a deadlock. Whoever has an application has its credit note first, for the same reason. A
    customer's push has no document. with_lines: all lines and customers at once.
    """
    loaded = (
        (selectinload(SalesDocument.lines), selectinload(SalesDocument.customer))
        if with_lines
        else ()
    )
    invoices = {
        invoice.id: invoice
        for invoice in db.session.scalars(
            _with_credit_notes(push_ids)
            .order_by(*LOCK_ORDER)
            .options(*loaded)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    pushes = {
        push.id: push
        for push in db.session.scalars(
            select(Push)
            .where(Push.id.in_(push_ids))
            .order_by(Push.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    found = [pushes[push_id] for push_id in push_ids if push_id in pushes]
    return [(push, _invoice_of(push, invoices)) for push in found]


def _invoice_of(push: Push, invoices: dict[int, SalesDocument]) -> SalesDocument | None:
    return invoices[push.document_id] if push.document_kind in SALES else None


def hand_back(push_ids: Sequence[int], worker: str, due_at: datetime | None = None) -> None:
    """Return a worker's claims, to be due when they were, or later; costs no attempt; commits.

    What was sent before and never answered stays unconfirmed, with its bytes and key. A body that
    never left is dropped: by the next turn a mapping or the invoice may have changed.
    """
    if not push_ids:
        return
    db.session.execute(_documents_of(push_ids).order_by(*LOCK_ORDER).with_for_update())
    unsent = Push.first_sent_at.is_(None)
    fresh = unsent & ~Push.key_used & Push.document_kind.in_(SALES)
    returned = db.session.scalars(
        update(Push)
        .where(Push.id.in_(push_ids), Push.state == PushState.PUSHING, Push.claimed_by == worker)
        .values(
            state=case((unsent, PushState.WAITING), else_=PushState.UNCONFIRMED),
            due_at=due_at or Push.due_at,
            body=case((fresh, None), else_=Push.body),
            key=case((fresh, None), else_=Push.key),
            claimed_by=None,
            claimed_until=None,
        )
        .returning(Push.id)
        .execution_options(synchronize_session=False)
    ).all()
    _show_invoices(returned, Push.state)
    db.session.commit()


def put_off(connection_id: int, until: datetime) -> None:
    """Let nothing of a company be due before a moment, in the order it was due; commits."""
    early = (
        Push.connection_id == connection_id,
        Push.state.in_((*CLAIMABLE, PushState.PUSHING)),
        Push.due_at < until,
    )
    # In the order in which everybody locks them: an update alone goes in an order of its own.
    db.session.execute(select(Push.id).where(*early).order_by(Push.id).with_for_update())
    db.session.execute(
        update(Push).where(*early).values(due_at=until).execution_options(synchronize_session=False)
    )
    db.session.commit()
