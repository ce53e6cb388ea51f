"""Send billing what happened, signed, to one endpoint: per subject in order, at least once.

Each try is written down before it is made (its number, and when the next would be), so a worker
killed in the middle leaves the event to the next one, which sends it with the same webhook-id.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import aliased

from app import clock as clocks
from app import queue
from app.billing.destination import Trust
from app.billing.post_event import Answer, Outlet
from app.billing.signature import signature_headers
from app.domain.outbound import DeliveryState
from app.domain.redelivery import next_try
from app.extensions import db, settings
from app.models import EventEndpoint, OutboundDelivery, OutboundEvent
from app.secrets import UnreadableSecret, unseal
from app.usecases.company.exclusive import exclusively
from app.usecases.company.open_ledger import require_no_transaction
from app.usecases.company.turn import stopping
from app.usecases.events.endpoint_health import failed, gave_up, took
from app.usecases.events.hand_out import awake

log = structlog.get_logger()

# How long one endpoint keeps a worker, seconds; the last answer may take a little longer.
_TURN = 10.0
# An answer that takes longer, seconds, keeps a worker as one that never comes does.
_SLOW = 2.0

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event as claimed: read out of the tables, so that no transaction stays open."""

    delivery_id: int
    endpoint_id: int
    event_id: int
    subject: str
    attempts: int
    until: datetime
    url: str
    secrets: tuple[bytes, ...]
    body: bytes


def deliver(endpoint_id: int, clock: Clock = clocks.now, trust: Trust | None = None) -> int:
    """Send what is due to one endpoint, for a bounded turn; returns how many it took.

    For one worker at a time. Of the endpoints that fail or are slow, all together occupy one worker
    at most: each may keep it waiting, and pushes need the others. trust: whom to believe, in tests.
    """
    trust = trust or Trust(loopback=not settings().production)
    if not _had_a_rest(endpoint_id):
        return _turn(endpoint_id, clock, trust)
    with exclusively("deliver_failing", 0) as alone:
        return _turn(endpoint_id, clock, trust) if alone else 0


def _had_a_rest(endpoint_id: int) -> bool:
    """Tell whether an endpoint was let rest and has taken nothing since, or took it slowly."""
    rest = db.session.scalar(
        select(EventEndpoint.rest_until).where(EventEndpoint.id == endpoint_id)
    )
    db.session.commit()
    return rest is not None


def _turn(endpoint_id: int, clock: Clock, trust: Trust) -> int:
    ends, taken = time.monotonic() + _TURN, 0
    parcel = _claim(endpoint_id, clock())
    if parcel is None:
        return 0
    with closing(Outlet(parcel.url, trust)) as outlet:
        while parcel is not None:
            began = time.monotonic()
            answer = _send(parcel, outlet, clock())
            _record(parcel, answer, clock(), slow=time.monotonic() - began > _SLOW)
            taken += answer.taken
            if time.monotonic() > ends or stopping():
                queue.deliver_soon(endpoint_id)
                break
            parcel = _claim(endpoint_id, clock())
    return taken


# ------------------------------------------------------------------ what goes next


def _claim(endpoint_id: int, now: datetime) -> Parcel | None:
    """Take the first that is due and has nothing before it, and write the try down; commits."""
    row = db.session.execute(
        select(OutboundDelivery, OutboundEvent, EventEndpoint)
        .join(OutboundEvent, OutboundEvent.id == OutboundDelivery.event_id)
        .join(EventEndpoint, EventEndpoint.id == OutboundDelivery.endpoint_id)
        .where(
            OutboundDelivery.endpoint_id == endpoint_id,
            OutboundDelivery.state == DeliveryState.WAITING,
            OutboundDelivery.due_at <= now,
            ~_something_before(),
            *awake(now),
        )
        .order_by(OutboundDelivery.event_id)
        .limit(1)
        .with_for_update(of=OutboundDelivery)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        db.session.commit()
        return None
    delivery, event, endpoint = row
    delivery.attempts += 1
    delivery.tried_at = now
    delivery.due_at = next_try(delivery.attempts, delivery.until, now, 1.0) or now
    parcel = Parcel(
        delivery.id,
        endpoint.id,
        event.id,
        delivery.subject,
        delivery.attempts,
        delivery.until,
        endpoint.url,
        tuple(_secrets(endpoint, now)),
        json.dumps(event_body(event), ensure_ascii=False, separators=(",", ":")).encode(),
    )
    db.session.commit()
    return parcel


def _something_before() -> ColumnElement[bool]:
    """Match what waits behind an earlier event of its subject, due or not."""
    earlier = aliased(OutboundDelivery)
    return exists().where(
        earlier.endpoint_id == OutboundDelivery.endpoint_id,
        earlier.subject == OutboundDelivery.subject,
        earlier.state == DeliveryState.WAITING,
        earlier.event_id < OutboundDelivery.event_id,
    )


def _secrets(endpoint: EventEndpoint, now: datetime) -> list[bytes]:
    """Return what signs now, the newest first; the old one beside it until its day is over."""
    old = endpoint.old_secret_encrypted
    in_use = old is not None and (endpoint.old_secret_until or now) > now
    both = (endpoint.secret_encrypted, old if in_use else None)
    return [secret for secret in both if secret is not None]


def event_body(event: OutboundEvent) -> dict[str, Any]:
    """Return an event as it is sent, and as it is polled."""
    return {
        "id": str(event.id),
        "type": event.type,
        "timestamp": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }


# ------------------------------------------------------------------ one try


def _send(parcel: Parcel, outlet: Outlet, now: datetime) -> Answer:
    require_no_transaction()
    try:
        secrets = [unseal(secret) for secret in parcel.secrets]
    except UnreadableSecret:
        log.error("endpoint.secret_unreadable", endpoint_id=parcel.endpoint_id)
        return Answer("Its signing secret cannot be read here: make a new one.")
    headers = signature_headers(parcel.body, str(parcel.event_id), secrets, now)
    return outlet.post(parcel.body, headers)


def _record(parcel: Parcel, answer: Answer, now: datetime, *, slow: bool) -> None:
    """Write down what came of a try; commits. The endpoint is locked before its deliveries."""
    endpoint = db.session.get_one(
        EventEndpoint, parcel.endpoint_id, with_for_update=True, populate_existing=True
    )
    log.info(
        "event.sent" if answer.taken else "event.not_taken",
        endpoint_id=parcel.endpoint_id,
        event_id=parcel.event_id,
        attempt=parcel.attempts,
        status=answer.status,
    )
    if answer.taken:
        _store(parcel, state=DeliveryState.DELIVERED, status=answer.status, answer=answer.words)
        _let_followers_go(parcel, now)
        took(endpoint, now, slow=slow)
    elif endpoint.removed_at is None:  # of a removed one nobody could end the alarm
        _not_taken(endpoint, parcel, answer, now)
    db.session.commit()


def _not_taken(endpoint: EventEndpoint, parcel: Parcel, answer: Answer, now: datetime) -> None:
    said = {"status": answer.status, "answer": answer.words}
    due = next_try(parcel.attempts, parcel.until, now, random.random())  # noqa: S311  # jitter
    failed(endpoint, answer, now)
    if due is None:
        if _store(parcel, state=DeliveryState.GIVEN_UP, **said):
            gave_up(endpoint, now)
        _let_followers_go(parcel, now)
    else:
        _store(parcel, due_at=due, **said)
        _hold_followers(parcel, due)


def _store(parcel: Parcel, **values: object) -> bool:
    """Store what came of it, unless a person decided otherwise meanwhile; what went out counts.

    False where a person did.
    """
    decided = OutboundDelivery.state == DeliveryState.WAITING
    if values.get("state") == DeliveryState.DELIVERED:
        decided = OutboundDelivery.state != DeliveryState.DELIVERED
    return _update(values, OutboundDelivery.id == parcel.delivery_id, decided) > 0


def _let_followers_go(parcel: Parcel, now: datetime) -> None:
    _update({"due_at": now}, *_followers(parcel), OutboundDelivery.due_at > now)


def _hold_followers(parcel: Parcel, due: datetime) -> None:
    """Nobody looks for what stands behind this one before its time."""
    _update({"due_at": due}, *_followers(parcel))


def _followers(parcel: Parcel) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboundDelivery.endpoint_id == parcel.endpoint_id,
        OutboundDelivery.subject == parcel.subject,
        OutboundDelivery.state == DeliveryState.WAITING,
        OutboundDelivery.event_id > parcel.event_id,
    )


def _update(values: dict[str, object], *which: ColumnElement[bool]) -> int:
    changed = db.session.scalars(
        update(OutboundDelivery)
        .where(*which)
        .values(values)
        .returning(OutboundDelivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(changed)
