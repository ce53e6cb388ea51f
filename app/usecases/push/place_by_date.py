"""Hold what waits for a company against its start date, and against its choice of review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from app.domain.going_live import BEFORE_START, is_before_start
from app.domain.states import NUMBERED, InvoiceStatus, Operation, PushState, SyncState
from app.extensions import db
from app.models import Connection, Push, SalesDocument
from app.usecases.push.claim import LOCK_ORDER
from app.usecases.push.intent import first_state, open_push, want_push
from app.usecases.push.start_date import stay_in_billing, too_early
from app.usecases.push.who_holds import held_by_a_person

# Locked and committed together, so that no hook waits long for a document.
_BATCH = 200
# Where a push has sent nothing and waits for its turn or for a person.
_QUEUED = (PushState.WAITING, PushState.HELD, PushState.BLOCKED)


def place_by_date(connection: Connection, now: datetime) -> None:
    """Put what waits for a company in or out, and to its review, batch by batch; commits."""
    connection_id, last = connection.id, 0
    while True:
        found = _batch(connection_id, last)
        if not found:
            db.session.commit()
            return
        # Read behind the locks: somebody may have chosen another day meanwhile.
        connection = db.session.get_one(Connection, connection_id, populate_existing=True)
        for document in found:
            _place(document, connection, now)
        last = max(document.id for document in found)
        db.session.commit()


def _batch(connection_id: int, last: int) -> Sequence[SalesDocument]:
    ids = db.session.scalars(
        select(SalesDocument.id)
        .where(SalesDocument.id > last, _undecided(connection_id))
        .order_by(SalesDocument.id)
        .limit(_BATCH)
    ).all()
    return db.session.scalars(
        select(SalesDocument)
        .where(SalesDocument.id.in_(ids))
        .order_by(*LOCK_ORDER)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _undecided(connection_id: int) -> ColumnElement[bool]:
    """Match what waits to be created in a company, and what its date kept out."""
    waits = (
        select(Push.id)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind == SalesDocument.kind,
            Push.document_id == SalesDocument.id,
            Push.operation == Operation.CREATE,
            Push.state.in_(_QUEUED),
            Push.first_sent_at.is_(None),
        )
        .exists()
    )
    kept_out = and_(
        SalesDocument.sync_state == SyncState.NOT_SENT,
        SalesDocument.problem["code"].astext == BEFORE_START,
    )
    return and_(
        SalesDocument.connection_id == connection_id,
        SalesDocument.kind.in_(NUMBERED),
        or_(waits, kept_out),
    )


def _place(document: SalesDocument, connection: Connection, now: datetime) -> None:
    push = open_push(connection.id, document.kind, document.id)
    if push is None:
        if is_before_start(document.problem) and document.status != InvoiceStatus.VOID:
            want_push(document, Operation.CREATE, now)
        return
    if push.state not in _QUEUED or push.first_sent_at is not None or push.key_used:
        return
    if too_early(document, connection, push):
        stay_in_billing(document, connection, push, now)
    elif not connection.live:
        _review(document, connection, push)


def _review(document: SalesDocument, connection: Connection, push: Push) -> None:
    """Hold it for review, or not any more, as was just chosen; a person's hold stays."""
    state, sync_state = first_state(document, connection)
    if push.state in (PushState.BLOCKED, state):
        return
    if state == PushState.WAITING and (document.problem or held_by_a_person(document)):
        return
    push.state, document.sync_state = state, sync_state
