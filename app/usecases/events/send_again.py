"""Send events again that billing had, missed or was not there for; and forget old deliveries.

An event keeps its id: whoever has it already knows it by that and does nothing twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from app import queue
from app.domain.outbound import TEST, DeliveryState
from app.domain.redelivery import KEPT_TRYING
from app.domain.wording import number
from app.extensions import db
from app.models import EventEndpoint, OutboundDelivery, OutboundEvent
from app.usecases.accounts import AccountRefused
from app.usecases.audit import audit
from app.usecases.events.endpoint_health import calm, settled, subject

# The log of deliveries; the events themselves stay, to be polled and sent again.
KEPT = timedelta(days=90)
MOST = 20_000  # events sent again at once
_FORGOTTEN_AT_ONCE = 5000


def send_again(
    delivery: OutboundDelivery, now: datetime, *, actor: str, user_id: int | None = None
) -> None:
    """Send one event again, or at once what waits for its next try. Commits."""
    endpoint = _locked(delivery.endpoint_id)
    _update(_afresh(now), OutboundDelivery.id == delivery.id)
    _conclude(endpoint, now, actor, user_id, event=str(delivery.event_id))


def send_range(
    endpoint: EventEndpoint,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    actor: str,
    user_id: int | None = None,
) -> int:
    """Send again what happened in a time, of the types the endpoint wants; returns how many.

    Also what happened before the endpoint was there. Raises AccountRefused. Commits.
    """
    if until <= since:
        raise AccountRefused("until", "The end must be after the beginning.")
    endpoint = _locked(endpoint.id)
    which = _of_range(endpoint, since, until)
    count = db.session.scalar(select(func.count()).select_from(OutboundEvent).where(*which)) or 0
    if count > MOST:
        db.session.rollback()
        raise AccountRefused(
            "until", f"That is {number(count)} events; {number(MOST)} go at once. Choose less."
        )
    rows = select(
        OutboundEvent.workspace_id,
        OutboundEvent.id,
        literal(endpoint.id),
        OutboundEvent.subject,
        literal(now),
        literal(now + KEPT_TRYING),
    ).where(*which)
    columns = ["workspace_id", "event_id", "endpoint_id", "subject", "due_at", "until"]
    db.session.execute(
        insert(OutboundDelivery)
        .from_select(columns, rows)
        .on_conflict_do_update(index_elements=["endpoint_id", "event_id"], set_=_afresh(now))
    )
    _conclude(endpoint, now, actor, user_id, events=count)
    return count


def leave_given_up(
    endpoint: EventEndpoint, now: datetime, *, actor: str, user_id: int | None = None
) -> None:
    """Leave what was given up as it is: billing knows by other ways. Commits."""
    endpoint = _locked(endpoint.id)
    given_up = OutboundDelivery.state == DeliveryState.GIVEN_UP
    _update({"state": DeliveryState.LEFT}, OutboundDelivery.endpoint_id == endpoint.id, given_up)
    settled(endpoint, now)
    calm(endpoint, now)
    audit(endpoint.workspace_id, actor, "event.leave", subject(endpoint), user_id=user_id)
    db.session.commit()


def forget_old_deliveries(now: datetime) -> int:
    """Delete the oldest deliveries that nobody looks for any more; commits."""
    oldest = (
        select(OutboundDelivery.id, OutboundDelivery.created_at, OutboundDelivery.state)
        .order_by(OutboundDelivery.id)
        .limit(_FORGOTTEN_AT_ONCE)
        .subquery()
    )
    old = select(oldest.c.id).where(
        oldest.c.created_at < now - KEPT, oldest.c.state != DeliveryState.WAITING
    )
    gone = db.session.scalars(
        delete(OutboundDelivery)
        .where(OutboundDelivery.id.in_(old))
        .returning(OutboundDelivery.endpoint_id)
        .execution_options(synchronize_session=False)
    ).all()
    for number_ in sorted(set(gone)):
        settled(_locked(number_), now)
    db.session.commit()
    return len(gone)


def _of_range(
    endpoint: EventEndpoint, since: datetime, until: datetime
) -> tuple[ColumnElement[bool], ...]:
    """Match what the endpoint would have heard then; a test is nobody else's."""
    wanted: ColumnElement[bool] = true()
    if endpoint.types:
        wanted = OutboundEvent.type.in_(endpoint.types)
    return (
        OutboundEvent.workspace_id == endpoint.workspace_id,
        OutboundEvent.created_at >= since,
        OutboundEvent.created_at < until,
        # What is not addressed yet goes by itself in a moment.
        OutboundEvent.addressed.is_(True),
        wanted,
        or_(OutboundEvent.type != TEST, OutboundEvent.subject == subject(endpoint)),
    )


def _afresh(now: datetime) -> dict[str, Any]:
    """Return what a delivery is when its three days begin anew."""
    return {
        "state": DeliveryState.WAITING,
        "due_at": now,
        "until": now + KEPT_TRYING,
        "attempts": 0,
    }


def _locked(number_: int) -> EventEndpoint:
    return db.session.get_one(EventEndpoint, number_, with_for_update=True, populate_existing=True)


def _update(values: dict[str, Any], *which: ColumnElement[bool]) -> None:
    db.session.execute(
        update(OutboundDelivery)
        .where(*which)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _conclude(
    endpoint: EventEndpoint, now: datetime, actor: str, user_id: int | None, **detail: Any
) -> None:
    """Let the endpoint be tried at once, and note who wanted it; commits."""
    endpoint.rest_until = None
    settled(endpoint, now)
    about = subject(endpoint)
    audit(endpoint.workspace_id, actor, "event.send_again", about, user_id=user_id, **detail)
    number_ = endpoint.id
    db.session.commit()
    queue.deliver_soon(number_)
