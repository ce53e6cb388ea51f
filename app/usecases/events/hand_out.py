"""Address what happened to the endpoints that want to hear of it, and wake whoever sends it.

Whoever leaves word for billing (usecases/events/tell_billing) need not know who listens: a row is
enough, and none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from app import queue
from app.domain.outbound import DeliveryState
from app.domain.redelivery import KEPT_TRYING
from app.extensions import db
from app.models import EventEndpoint, OutboundDelivery, OutboundEvent
from app.usecases.company.exclusive import exclusively

_AT_ONCE = 1000


def hand_out(now: datetime) -> int:
    """Address every new event and wake each endpoint with something due; returns how many woke.

    One at a time: of two, the later part of an invoice's story could be addressed, and sent, while
    the other still held the earlier. Whoever finds another at it leaves it to the next second.
    """
    if _something_new():
        with exclusively("hand_out", 0) as alone:
            while alone and _address(now) == _AT_ONCE:
                pass
    return _wake_due(now)


def _something_new() -> bool:
    found = db.session.scalar(select(OutboundEvent.id).where(~OutboundEvent.addressed).limit(1))
    db.session.commit()
    return found is not None


def _address(now: datetime) -> int:
    """Write the deliveries of the oldest new events; commits. Returns how many events they were.

    Events of one subject are committed in the order of their numbers: their document was locked.
    """
    ids = db.session.scalars(
        select(OutboundEvent.id)
        .where(~OutboundEvent.addressed)
        .order_by(OutboundEvent.id)
        .limit(_AT_ONCE)
    ).all()
    _hold_endpoints(ids)
    wanted = or_(
        func.jsonb_array_length(EventEndpoint.types) == 0,
        EventEndpoint.types.op("?")(OutboundEvent.type),
    )
    earlier = aliased(OutboundDelivery)
    # Behind an earlier event of its subject that waits for its next try, this one waits as long.
    behind = (
        select(func.max(earlier.due_at))
        .where(
            earlier.endpoint_id == EventEndpoint.id,
            earlier.subject == OutboundEvent.subject,
            earlier.state == DeliveryState.WAITING,
        )
        .scalar_subquery()
    )
    rows = (
        select(
            OutboundEvent.workspace_id,
            OutboundEvent.id,
            EventEndpoint.id,
            OutboundEvent.subject,
            func.greatest(behind, literal(now)),
            literal(now + KEPT_TRYING),
        )
        .join(EventEndpoint, EventEndpoint.workspace_id == OutboundEvent.workspace_id)
        .where(OutboundEvent.id.in_(ids), EventEndpoint.removed_at.is_(None), wanted)
        .order_by(OutboundEvent.id)
    )
    columns = ["workspace_id", "event_id", "endpoint_id", "subject", "due_at", "until"]
    db.session.execute(insert(OutboundDelivery).from_select(columns, rows))
    db.session.execute(
        update(OutboundEvent)
        .where(OutboundEvent.id.in_(ids))
        .values(addressed=True)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return len(ids)


def _hold_endpoints(event_ids: Sequence[int]) -> None:
    """Keep what the endpoints of these events took, and whether they are there, as it is.

    Else what stood before an event could be taken unseen, and it would wait for that one's next
    try; or an endpoint be removed, and it would wait for ever.
    """
    whose = select(OutboundEvent.workspace_id).where(OutboundEvent.id.in_(event_ids))
    db.session.execute(
        select(EventEndpoint.id)
        .where(EventEndpoint.workspace_id.in_(whose), EventEndpoint.removed_at.is_(None))
        .order_by(EventEndpoint.id)
        .with_for_update(read=True)
    ).all()


def _wake_due(now: datetime) -> int:
    due = select(OutboundDelivery.id).where(
        OutboundDelivery.endpoint_id == EventEndpoint.id,
        OutboundDelivery.state == DeliveryState.WAITING,
        OutboundDelivery.due_at <= now,
    )
    found = db.session.scalars(select(EventEndpoint.id).where(*awake(now), due.exists())).all()
    db.session.commit()
    for endpoint_id in found:
        queue.deliver_soon(endpoint_id)
    return len(found)


def awake(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Match endpoints to which something may be sent now."""
    return (
        EventEndpoint.off_at.is_(None),
        EventEndpoint.removed_at.is_(None),
        or_(EventEndpoint.rest_until.is_(None), EventEndpoint.rest_until <= now),
    )
