"""Read kept bodies of notices again and act on them as if they came now.

Each event stays stored once, and a merge that was followed is not followed twice: replaying changes
nothing that is right already. It helps where acting went wrong, or could not be done at the time: a
shape we learned since, a company that was connected later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select

from app import queue
from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Connection, InboundEvent
from app.usecases.audit import audit
from app.usecases.book.receive_webhook import read, store_and_follow, want_pulls
from app.usecases.book.store_notices import Body, storable

log = structlog.get_logger()

# Bodies read at a time; each may be as large as 1 MiB.
_AT_ONCE = 20


class ReplayRefused(Exception):
    """Raised with a sentence why nothing was replayed."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when until before when bodies arrived; None = without an end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Replayed:
    """What a replay did."""

    bodies: int = 0  # that speak of the company
    notices: int = 0
    stored: int = 0  # notices that were not stored the first time
    merges: int = 0  # notices of merged customers
    unread: int = 0  # bodies that cannot be read, today either


def replay_one(event: InboundEvent, actor: str, user_id: int | None, now: datetime) -> Replayed:
    """Replay the body that brought one notice; commits. Raises ReplayRefused."""
    if event.connection_id is None:
        raise ReplayRefused("This is no notice of a connected company.")
    connection = _connected(event.connection_id)
    for body in _bodies(connection, _may_hold(event)):
        if any(storable(notice.event_id) == event.event_id for notice in body.notices):
            return _act([body], connection, actor, user_id, now, event=event.event_id)
    raise ReplayRefused(
        "The body of this notice was not kept. Bring changes back instead: that reads everything."
    )


def replay_span(
    connection_id: int,
    span: Span,
    actor: str,
    user_id: int | None,
    now: datetime,
    *,
    most: int | None = None,
    tell: Callable[[int], object] = lambda _done: None,
) -> Replayed:
    """Replay all bodies of a span that speak of a company; commits. Raises ReplayRefused.

    most: refuse when more bodies would have to be looked at. tell: called after each.
    """
    connection = _connected(connection_id)
    if span.since and span.until and span.since >= span.until:
        raise ReplayRefused("The period ends before it begins.")
    count = bodies_in(connection_id, span)
    if most is not None and count > most:
        raise ReplayRefused(
            f"{count:,} deliveries came in this period, more than the {most:,} that a page can"
            " replay. Choose a shorter one."
        )
    bodies = _told(_bodies(connection, *_within(span)), tell)
    return _act(bodies, connection, actor, user_id, now, **_named(span))


def bodies_in(connection_id: int, span: Span) -> int:
    """Return how many kept bodies a replay of a span has to look at."""
    connection = db.session.get_one(Connection, connection_id)
    kept = select(func.count()).where(*_kept(connection), *_within(span))
    return db.session.scalar(kept) or 0


def _connected(connection_id: int) -> Connection:
    connection = db.session.get_one(Connection, connection_id)
    if connection.state == ConnectionState.DISCONNECTED:
        raise ReplayRefused(
            f"{connection.company_name} is disconnected. Connect it first; then everything that"
            " changed since is read."
        )
    return connection


def _act(
    bodies: Iterator[Body] | list[Body],
    connection: Connection,
    actor: str,
    user_id: int | None,
    now: datetime,
    **which: object,
) -> Replayed:
    """Store and follow what each body says of one company, then want one pull; commits."""
    replayed, released, company_id = Replayed(), 0, connection.company_id
    for body in bodies:
        replayed.unread += body.problem is not None
        mine = [each for each in body.notices if storable(each.company_id) == company_id]
        if not mine:
            continue
        stored, waited = store_and_follow(replace(body, notices=mine), now)
        db.session.commit()
        released += len(waited)
        replayed.bodies += 1
        replayed.notices += len(mine)
        replayed.stored += stored.accepted
        replayed.merges += sum(1 for each in mine if each.absorbed_id)
    if replayed.notices:
        subject = f"connection:{connection.id}"
        detail = asdict(replayed) | which
        audit(
            connection.workspace_id, actor, "notices.replayed", subject, user_id=user_id, **detail
        )
        want_pulls({connection.id}, now)
    db.session.commit()
    if released:
        queue.wake(connection.id)
    log.info("webhook.replayed", connection_id=connection.id, **asdict(replayed))
    return replayed


def _bodies(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Body]:
    """Read bodies in the order they came, some at a time: between them others commit."""
    provider, last = connection.provider, 0
    kept = [*_kept(connection), *which]
    while True:
        rows = db.session.execute(
            select(
                InboundEvent.id,
                InboundEvent.raw,
                InboundEvent.address,
                InboundEvent.received_at,
                InboundEvent.workspace_id,
            )
            .where(*kept, InboundEvent.id > last)
            .order_by(InboundEvent.id)
            .limit(_AT_ONCE)
        ).all()
        for row in rows:
            last = row.id
            told = read(provider, row.raw, row.address, row.received_at)
            yield replace(told, workspace_id=row.workspace_id)
        if len(rows) < _AT_ONCE:
            return


def _told(bodies: Iterator[Body], tell: Callable[[int], object]) -> Iterator[Body]:
    for body in bodies:
        yield body
        tell(1)


def _kept(connection: Connection) -> list[ColumnElement[bool]]:
    """Match kept bodies of a ledger that may speak of a company: nobody's, or its workspace's."""
    return [
        InboundEvent.source == connection.provider,
        InboundEvent.raw.is_not(None),
        or_(
            InboundEvent.workspace_id.is_(None),
            InboundEvent.workspace_id == connection.workspace_id,
        ),
    ]


def _may_hold(event: InboundEvent) -> ColumnElement[bool]:
    """Match the body a notice names; before notices named theirs, one that came with it."""
    named = and_(InboundEvent.type == "body", InboundEvent.event_id == event.body)
    return or_(named, InboundEvent.received_at == event.received_at)


def _within(span: Span) -> list[ColumnElement[bool]]:
    at = InboundEvent.received_at
    since = [at >= span.since] if span.since else []
    return since + ([at < span.until] if span.until else [])


def _named(span: Span) -> dict[str, str | None]:
    return {
        "since": span.since.isoformat() if span.since else None,
        "until": span.until.isoformat() if span.until else None,
    }
