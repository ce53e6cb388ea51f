"""Say where billing hears of events: add, change, switch, remove an endpoint, and its secrets."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app import queue
from app.billing.destination import NotAllowed, Trust, destination
from app.billing.safe_address import NoAddress
from app.domain.outbound import EVENT_TYPES, TEST, DeliveryState
from app.domain.redelivery import KEPT_TRYING
from app.extensions import db, settings
from app.models import EventEndpoint, OutboundDelivery, OutboundEvent
from app.secrets import seal
from app.usecases.accounts import AccountRefused
from app.usecases.audit import audit
from app.usecases.company.open_ledger import require_no_transaction
from app.usecases.events.endpoint_health import (
    GIVEN_UP,
    SWITCHED_OFF,
    UNDELIVERED,
    shown,
    subject,
    waiting,
)
from app.usecases.mail import alarms

# Both secrets sign for so long after a new one was made.
CHANGE_OVER = timedelta(hours=24)
_MOST = 10  # endpoints of one workspace
_LONGEST_URL = 2000


def endpoints_of(workspace_id: int) -> list[EventEndpoint]:
    """List the endpoints of a workspace, the oldest first."""
    return list(
        db.session.scalars(
            select(EventEndpoint)
            .where(EventEndpoint.workspace_id == workspace_id, EventEndpoint.removed_at.is_(None))
            .order_by(EventEndpoint.id)
        )
    )


def add_endpoint(
    workspace_id: int,
    url: str,
    types: Collection[str],
    *,
    actor: str,
    user_id: int | None = None,
    trust: Trust | None = None,
) -> tuple[EventEndpoint, str]:
    """Make an endpoint and return it with its secret, this once; raises AccountRefused. Commits.

    types: those it wants; none = all, those that come later too.
    """
    url, wanted = _checked_url(url, trust), _checked_types(types)
    if _count(workspace_id) >= _MOST:
        raise AccountRefused("url", f"There are {_MOST} already. Remove one first.")
    secret = _new_secret()
    endpoint = EventEndpoint(
        workspace_id=workspace_id, url=url, types=wanted, secret_encrypted=seal(secret)
    )
    db.session.add(endpoint)
    _store(endpoint, "event_endpoint.add", actor, user_id)
    return endpoint, secret


def change_endpoint(
    endpoint: EventEndpoint,
    url: str,
    types: Collection[str],
    now: datetime,
    *,
    actor: str,
    user_id: int | None = None,
    trust: Trust | None = None,
) -> None:
    """Change address and types; what waits goes to the new one at once. Raises AccountRefused."""
    number = endpoint.id
    url, wanted = _checked_url(url, trust), _checked_types(types)
    endpoint = _locked(number)
    if moved := endpoint.url != url:
        _afresh(endpoint, now)
    endpoint.url, endpoint.types = url, wanted
    _store(endpoint, "event_endpoint.change", actor, user_id)
    if moved:
        queue.deliver_soon(number)


def new_secret(
    endpoint: EventEndpoint, now: datetime, *, actor: str, user_id: int | None = None
) -> str:
    """Make another secret and return it, this once; the old one signs beside it for a day."""
    endpoint, secret = _locked(endpoint.id), _new_secret()
    endpoint.old_secret_encrypted = endpoint.secret_encrypted
    endpoint.old_secret_until = now + CHANGE_OVER
    endpoint.secret_encrypted = seal(secret)
    _store(endpoint, "event_endpoint.new_secret", actor, user_id)
    return secret


def end_old_secret(endpoint: EventEndpoint, *, actor: str, user_id: int | None = None) -> None:
    """Let the old secret sign no more, at once. Commits."""
    endpoint = _locked(endpoint.id)
    endpoint.old_secret_encrypted = endpoint.old_secret_until = None
    _store(endpoint, "event_endpoint.end_old_secret", actor, user_id)


def switch(
    endpoint: EventEndpoint, now: datetime, *, on: bool, actor: str, user_id: int | None = None
) -> None:
    """Switch an endpoint on or off; what waits goes once it is on again. Commits."""
    endpoint = _locked(endpoint.id)
    endpoint.off_reason = None
    endpoint.off_at = None if on else endpoint.off_at or now
    _afresh(endpoint, now)
    _quiet(endpoint, now, SWITCHED_OFF)
    _store(endpoint, f"event_endpoint.{'on' if on else 'off'}", actor, user_id)
    if on:
        queue.deliver_soon(endpoint.id)


def remove_endpoint(
    endpoint: EventEndpoint, now: datetime, *, actor: str, user_id: int | None = None
) -> None:
    """Send nothing there any more; its log stays, its secrets do not. Commits."""
    endpoint = _locked(endpoint.id)
    endpoint.removed_at = now
    endpoint.secret_encrypted = endpoint.old_secret_encrypted = endpoint.old_secret_until = None
    db.session.execute(
        update(OutboundDelivery)
        .where(
            OutboundDelivery.endpoint_id == endpoint.id,
            OutboundDelivery.state.in_((DeliveryState.WAITING, DeliveryState.GIVEN_UP)),
        )
        .values(state=DeliveryState.LEFT)
        .execution_options(synchronize_session=False)
    )
    _quiet(endpoint, now, UNDELIVERED, SWITCHED_OFF, GIVEN_UP)
    _store(endpoint, "event_endpoint.remove", actor, user_id)


def send_test(endpoint: EventEndpoint, now: datetime, *, actor: str) -> None:
    """Send one endpoint an event that means nothing, the way every other goes. Commits."""
    about = subject(endpoint)
    event = OutboundEvent(
        workspace_id=endpoint.workspace_id,
        type=TEST,
        subject=about,
        data={"sent_by": actor, "message": "This is a test. Nothing happened."},
        addressed=True,
    )
    db.session.add(event)
    db.session.flush()
    db.session.add(
        OutboundDelivery(
            workspace_id=endpoint.workspace_id,
            event_id=event.id,
            endpoint_id=endpoint.id,
            subject=about,
            due_at=now,
            until=now + KEPT_TRYING,
        )
    )
    number = endpoint.id
    db.session.commit()
    queue.deliver_soon(number)


# ------------------------------------------------------------------ what is refused


def _checked_url(url: str, trust: Trust | None) -> str:
    """Look an address up before it is stored; raises AccountRefused."""
    url = url.strip()
    if not (url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL):
        raise AccountRefused("url", "Copy the whole address, as a browser shows it.")
    db.session.commit()
    require_no_transaction()
    try:
        destination(url, trust or Trust(loopback=not settings().production))
    except NotAllowed as error:
        raise AccountRefused("url", error.sentence) from None
    except NoAddress:
        raise AccountRefused("url", "Its host is not known. Look for a slip in it.") from None
    return url


def _checked_types(types: Collection[str]) -> list[str]:
    unknown = sorted(set(types) - set(EVENT_TYPES))
    if unknown:
        raise AccountRefused("types", f"There is no event {unknown[0]}.")
    return [each for each in EVENT_TYPES if each in types]


def _count(workspace_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                EventEndpoint.workspace_id == workspace_id, EventEndpoint.removed_at.is_(None)
            )
        )
        or 0
    )


def _locked(number: int) -> EventEndpoint:
    return db.session.get_one(EventEndpoint, number, with_for_update=True, populate_existing=True)


def _afresh(endpoint: EventEndpoint, now: datetime) -> None:
    """Forget how it did, and send what waits at once: its next try may be half a day away."""
    endpoint.failures, endpoint.failing_since, endpoint.rest_until = 0, None, None
    _quiet(endpoint, now, UNDELIVERED)
    db.session.execute(update(OutboundDelivery).where(*waiting(endpoint.id)).values(due_at=now))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _quiet(endpoint: EventEndpoint, now: datetime, *kinds: str) -> None:
    for kind in kinds:
        alarms.end(endpoint.workspace_id, kind, subject(endpoint), now)


def _store(endpoint: EventEndpoint, action: str, actor: str, user_id: int | None) -> None:
    """Commit a change and who made it; the same address twice is refused in our words."""
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise AccountRefused("url", "This address is there already.") from None
    workspace_id, host = endpoint.workspace_id, shown(endpoint)
    audit(workspace_id, actor, action, subject(endpoint), user_id=user_id, host=host)
    db.session.commit()
