"""Find what is due and wake a worker for it: the rows are the truth, the queue only carries."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Exists, Select, or_, select

from app import queue
from app.domain.reading import Reason
from app.domain.states import CLAIMABLE, ConnectionState, PushState
from app.extensions import db
from app.models import (
    BulkPush,
    Connection,
    Grant,
    Mail,
    Push,
    Reading,
    Reconciliation,
    Workspace,
)
from app.usecases.push.let_go import let_go_of_its

# The backstop for lost notices. Each pull is one metered call.
_POLL = timedelta(minutes=15)
# A burst of notices is over when none came for so long; one that does not end is read meanwhile.
_QUIET = timedelta(seconds=2)
_BURST = timedelta(seconds=20)
# Claimed this long after it was due: perhaps its worker is gone; the drain finds out.
_ABANDONED = timedelta(seconds=5)
# QuickBooks: access tokens last an hour; renewed well before, so that no push waits for it.
_TOKEN_AGE = timedelta(minutes=45)
_LIST_AGE = timedelta(hours=24)
# A reconciliation that failed is tried again within its hour, not at every look.
_RECONCILE_AGAIN = timedelta(minutes=20)


def wake_due_pushes(now: datetime) -> int:
    """Wake every live company that has something due, or that a dead worker left something of."""
    due = or_(
        Push.state.in_(CLAIMABLE) & (Push.due_at <= now),
        (Push.state == PushState.PUSHING) & (Push.due_at <= now - _ABANDONED),
    )
    awake = or_(Connection.quiet_until.is_(None), Connection.quiet_until <= now)
    return _wake(_live(select(Connection.id)).where(_has(due & let_go_of_its()), awake), "drain")


def _has(condition: ColumnElement[bool]) -> Exists:
    return select(Push.id).where(Push.connection_id == Connection.id, condition).exists()


def wake_wanted_pulls(now: datetime) -> int:
    """Wake every live company with news once the burst is over, or has lasted long enough.

    Every document we push is announced to us as well: while we push, notices are mostly echoes.
    """
    pushing = _pushing(now + _QUIET)
    quiet = (Connection.pull_wanted_at <= now - _QUIET) & ~pushing
    long_enough = Connection.pull_wanted_since <= now - _BURST
    return _wake(_live(select(Connection.id)).where(or_(quiet, long_enough)), "pull")


def wake_overdue_pulls(now: datetime) -> int:
    """Wake every live company that nobody has pulled for a while, notices or not."""
    old = or_(Connection.pulled_at.is_(None), Connection.pulled_at < now - _POLL)
    return _wake(_live(select(Connection.id)).where(old), "pull")


def wake_unfinished_readings(now: datetime) -> int:
    """Wake every live company of which something is still to be read page by page.

    History waits while documents of the company wait to be pushed.
    """
    awake = or_(Connection.quiet_until.is_(None), Connection.quiet_until <= now)
    pushing = _pushing(now)
    live = _live(select(Connection.id)).where(awake)
    catching_up = _wake(live.where(_reads(Reason.CATCH_UP, now)), "pull")
    return catching_up + _wake(live.where(_reads(Reason.HISTORY, now), ~pushing), "history")


def _pushing(until: datetime) -> Exists:
    states = Push.state.in_((*CLAIMABLE, PushState.PUSHING))
    return _has(states & (Push.due_at <= until) & let_go_of_its())


def _reads(reason: Reason, now: datetime) -> Exists:
    return (
        select(Reading.id)
        .where(
            Reading.connection_id == Connection.id,
            Reading.reason == reason,
            Reading.finished_at.is_(None),
            or_(Reading.due_at.is_(None), Reading.due_at <= now),
        )
        .exists()
    )


def wake_ageing_permissions(now: datetime) -> int:
    """Wake every live company whose permission is due to be renewed."""
    ageing = (
        _live(select(Connection.id))
        .join(Grant, Grant.id == Connection.grant_id)
        .where(Grant.refreshed_at < now - _TOKEN_AGE)
    )
    return _wake(ageing, "refresh_token")


def wake_old_lists(now: datetime) -> int:
    """Wake every live company whose items and tax codes were read long ago."""
    age = Connection.catalogue_read_at
    return _wake(
        _live(select(Connection.id)).where(or_(age.is_(None), age < now - _LIST_AGE)), "read_lists"
    )


def wake_waiting_mail(now: datetime) -> int:
    """Have the e-mails sent that wait."""
    waits = db.session.scalar(select(Mail.id).where(Mail.due_at <= now).limit(1))
    db.session.commit()
    if waits is None:
        return 0
    queue.send_mail_soon()
    return 1


def wake_open_bulk_pushes(now: datetime) -> int:  # every periodic is told
    """Go on with what somebody pushes in bulk: the worker that did may be gone."""
    waiting = db.session.scalars(select(BulkPush.id).where(BulkPush.finished_at.is_(None))).all()
    db.session.commit()
    for number in waiting:
        queue.push_all_soon(number)
    return len(waiting)


def wake_daily_reconciliations(now: datetime) -> int:
    """Wake every live company whose workspace's hour has come and whose day has no verdict yet.

    A company connected after that hour has its first comparison the next day.
    """
    rows = db.session.execute(
        _live(
            select(
                Connection.id,
                Connection.created_at,
                Workspace.time_zone,
                Workspace.reconcile_hour,
            )
        ).join(Workspace, Workspace.id == Connection.workspace_id)
    ).all()
    due = [
        id_
        for id_, made, zone, hour in rows
        if made <= _todays(zone, hour, now) <= now and not _done_today(id_, zone, now)
    ]
    db.session.commit()
    for connection_id in due:
        queue.wake(connection_id, "reconcile_daily")
    return len(due)


def _todays(zone: str, hour: int, now: datetime) -> datetime:
    """Return the moment today's comparison is due, by the workspace's own day."""
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)


def _done_today(connection_id: int, zone: str, now: datetime) -> bool:
    """Tell whether today has a verdict, or a failed try too fresh to repeat."""
    today = select(Reconciliation.id).where(
        Reconciliation.connection_id == connection_id,
        Reconciliation.trigger == "clock",
        Reconciliation.started_at >= _todays(zone, 0, now),
        or_(
            Reconciliation.verdict.in_(("square", "differs")),
            Reconciliation.started_at > now - _RECONCILE_AGAIN,
        ),
    )
    return db.session.scalar(today.limit(1)) is not None


def _live(query: Select) -> Select:  # type: ignore[type-arg]
    return query.where(Connection.state == ConnectionState.ACTIVE)


def _wake(query: Select, job: str) -> int:  # type: ignore[type-arg]
    found = db.session.scalars(query).all()
    db.session.commit()
    for connection_id in found:
        queue.wake(connection_id, job)
    return len(found)
