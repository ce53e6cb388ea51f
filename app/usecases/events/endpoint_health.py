"""Judge an endpoint by its answers: a rest, an alarm, switched off; in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from sqlalchemy import ColumnElement, exists, func, select, update

from app import queue
from app.billing.post_event import Answer
from app.domain.outbound import DeliveryState
from app.domain.redelivery import FAILING, rest_after
from app.domain.wording import plural
from app.extensions import db
from app.models import EventEndpoint, OutboundDelivery
from app.usecases.mail import alarms
from app.usecases.mail.mail_lists import recipients_of_all
from app.usecases.mail.notify import page, rendered, write_mail

log = structlog.get_logger()

UNDELIVERED, GIVEN_UP, SWITCHED_OFF = "events.undelivered", "events.given_up", "events.off"
# Nothing was taken for so long: a person should know.
_SILENCE = timedelta(hours=1)
_OFF = "The endpoint was off for three days."


def took(endpoint: EventEndpoint, now: datetime, *, slow: bool = False) -> None:
    """Note that it works: what it did not take before is sent again at once.

    slow: it kept a worker for long; a rest that is over already says so.
    """
    if endpoint.failures >= FAILING or (endpoint.failures and endpoint.rest_until is not None):
        db.session.execute(
            update(OutboundDelivery)
            .where(*waiting(endpoint.id), OutboundDelivery.due_at > now)
            .values(due_at=now)
            .execution_options(synchronize_session=False)
        )
    if endpoint.failing_since is not None:
        alarms.end(endpoint.workspace_id, UNDELIVERED, subject(endpoint), now)
    endpoint.taken_at = now
    endpoint.failures, endpoint.failing_since = 0, None
    endpoint.rest_until = now if slow else None


def failed(endpoint: EventEndpoint, answer: Answer, now: datetime) -> None:
    """Note that it took nothing; 410 switches it off (Standard Webhooks: "Disable endpoints")."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    rest = rest_after(endpoint.failures, silent=answer.silent, asked=answer.wait)
    endpoint.rest_until = now + rest if rest else None
    if answer.unwanted and endpoint.off_at is None:
        endpoint.off_at, endpoint.off_reason = now, answer.words
        log.warning("endpoint.gone", endpoint_id=endpoint.id)
        _ring(
            endpoint,
            SWITCHED_OFF,
            "Billing wants no more events",
            f"{shown(endpoint)} answered 410 Gone, so it is switched off.",
            "what happens waits for three days. Your books are not affected.",
            "switch it on again under “Where events go” if that was a mistake, or remove it.",
            now,
        )


def gave_up(endpoint: EventEndpoint, now: datetime) -> None:
    """Ring for what was not taken in three days; one e-mail until all of it is settled."""
    _ring(
        endpoint,
        GIVEN_UP,
        "An event was given up",
        f"{shown(endpoint)} did not take an event for three days.",
        "billing has not heard of it, unless it asked by itself. Nothing is lost: it is kept.",
        "send it again once the receiver works, or leave it.",
        now,
    )


def settled(endpoint: EventEndpoint, now: datetime) -> None:
    """End the alarm about what was given up when nothing of it is left."""
    left = select(
        exists().where(
            OutboundDelivery.endpoint_id == endpoint.id,
            OutboundDelivery.state == DeliveryState.GIVEN_UP,
        )
    )
    if not db.session.scalar(left):
        alarms.end(endpoint.workspace_id, GIVEN_UP, subject(endpoint), now)


def calm(endpoint: EventEndpoint, now: datetime) -> None:
    """End the alarm about an endpoint for which nothing waits any more."""
    if not db.session.scalar(select(exists().where(*waiting(endpoint.id)))):
        endpoint.failures, endpoint.failing_since, endpoint.rest_until = 0, None, None
        alarms.end(endpoint.workspace_id, UNDELIVERED, subject(endpoint), now)


def warn_of_silence(now: datetime) -> None:
    """Ring, and write one e-mail, for each endpoint that has taken nothing for an hour; commits."""
    silent = db.session.scalars(
        select(EventEndpoint).where(
            EventEndpoint.failing_since <= now - _SILENCE,
            EventEndpoint.off_at.is_(None),
            EventEndpoint.removed_at.is_(None),
            exists().where(
                OutboundDelivery.endpoint_id == EventEndpoint.id,
                OutboundDelivery.state == DeliveryState.WAITING,
            ),
        )
    ).all()
    rang = [_say_silent(endpoint, now) for endpoint in silent]
    db.session.commit()
    if any(rang):
        queue.send_mail_soon()


def _say_silent(endpoint: EventEndpoint, now: datetime) -> bool:
    count = db.session.scalar(select(func.count()).where(*waiting(endpoint.id))) or 0
    return _ring(
        endpoint,
        UNDELIVERED,
        f"Events do not reach billing: {plural(count, 'event')} waiting",
        f"{shown(endpoint)} has taken no event for an hour.",
        "payments and refusals are not shown there. Your books are not affected, and every event"
        " is kept and sent again, for three days.",
        "let whoever looks after billing see whether its receiver works.",
        now,
    )


def give_up_what_waits_for_nobody(now: datetime) -> int:
    """Give up what an endpoint that is off did not take within three days; commits."""
    off = select(EventEndpoint.id).where(EventEndpoint.off_at.is_not(None))
    done = db.session.scalars(
        update(OutboundDelivery)
        .where(
            OutboundDelivery.state == DeliveryState.WAITING,
            OutboundDelivery.until <= now,
            OutboundDelivery.endpoint_id.in_(off),
        )
        .values(state=DeliveryState.GIVEN_UP, answer=_OFF)
        .returning(OutboundDelivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.commit()
    return len(done)


def subject(endpoint: EventEndpoint) -> str:
    """Return what an alarm about an endpoint is about."""
    return f"event_endpoint:{endpoint.id}"


def shown(endpoint: EventEndpoint) -> str:
    """Return an endpoint's host: the rest of its address may be as good as a password."""
    return urlsplit(endpoint.url).netloc


def waiting(endpoint_id: int) -> tuple[ColumnElement[bool], ...]:
    """Match what an endpoint has not taken yet."""
    return (
        OutboundDelivery.endpoint_id == endpoint_id,
        OutboundDelivery.state == DeliveryState.WAITING,
    )


def _ring(
    endpoint: EventEndpoint,
    kind: str,
    heading: str,
    happened: str,
    means: str,
    do: str,
    now: datetime,
) -> bool:
    """Open an alarm and write its one e-mail; False when it rings already."""
    if not alarms.ring(endpoint.workspace_id, kind, subject(endpoint), happened):
        return False
    values = {
        "subject": heading,
        "preheader": "Every event is kept.",
        "heading": heading,
        "happened": happened,
        "means": means,
        "do": do,
        "action": "See the events",
        "url": page(f"/events?to={endpoint.id}"),
        "foot": "Sent once; the alarm on the overview ends when it is settled.",
    }
    text, html = rendered("alarm", values)
    people = recipients_of_all(endpoint.workspace_id)
    write_mail(endpoint.workspace_id, people, heading, text, html, now=now)
    return True
