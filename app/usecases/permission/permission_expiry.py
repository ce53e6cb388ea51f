"""Look after permissions that nothing renews: warn before they end, remind when they are gone.

Everything told is remembered in the transaction that wrote the e-mail, so a restart and a second
clock tell nothing twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app import queue
from app.domain.permission import nearest_end, warning_due
from app.domain.states import ConnectionState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Alert, Connection, Grant, PermissionWarning
from app.usecases.mail.permission_mail import remind_of_disconnect, tell_ending

# A warning is about one end: a date that moved by more than this is another one. Vendors tell
# seconds to go, so that the same end is told a little earlier or later each time.
_SAME_END = timedelta(days=1)
_REMIND = timedelta(days=1)
# QuickBooks: a company idle for 100 days must reconnect; of a paused one nothing else is renewed.
_RESTING = timedelta(days=7)
_STANDING = (ConnectionState.ACTIVE, ConnectionState.PAUSED)


def warn_of_ends(now: datetime) -> int:
    """Write the e-mails that are due about permissions near their end; returns how many."""
    told = 0
    for connection, grant in db.session.execute(
        select(Connection, Grant)
        .join(Grant, Grant.id == Connection.grant_id)
        .where(Connection.state.in_(_STANDING), _ends_before(now + _longest()))
        .order_by(Connection.id)
    ):
        told += _warn(connection, grant, now)
    db.session.commit()
    return _sent(told)


def _longest() -> timedelta:
    days = [days for kind in LEDGERS.values() for days in kind.provider.expiry_warnings]
    return timedelta(days=max(days, default=0))


def _ends_before(moment: datetime) -> ColumnElement[bool]:
    return or_(Grant.refresh_expires_at <= moment, Grant.hard_expires_at <= moment)


def _warn(connection: Connection, grant: Grant, now: datetime) -> bool:
    end = nearest_end(grant.refresh_expires_at, grant.hard_expires_at)
    if end is None:
        return False
    what, ends_at = end
    days = warning_due(ends_at, now, LEDGERS[connection.provider].provider.expiry_warnings)
    if days is None or not _first_time(grant, what, days, ends_at):
        return False
    tell_ending(connection, what, ends_at, now)
    return True


def _first_time(grant: Grant, what: str, days: int, ends_at: datetime) -> bool:
    """Note a warning; False when it was given for this very end already."""
    new = insert(PermissionWarning).values(
        workspace_id=grant.workspace_id, grant_id=grant.id, what=what, days=days, ends_at=ends_at
    )
    told_of = PermissionWarning.ends_at
    noted = db.session.execute(
        new.on_conflict_do_update(
            index_elements=["grant_id", "what", "days"],
            set_={"ends_at": ends_at},
            where=or_(told_of < ends_at - _SAME_END, told_of > ends_at + _SAME_END),
        ).returning(PermissionWarning.id)
    ).first()
    return noted is not None


def remind_of_disconnects(now: datetime) -> int:
    """Write a reminder for every connection that has been broken for another day."""
    told = 0
    for alarm in db.session.scalars(
        select(Alert)
        .where(
            Alert.kind == "connection.disconnected",
            Alert.closed_at.is_(None),
            func.coalesce(Alert.reminded_at, Alert.created_at) <= now - _REMIND,
        )
        .with_for_update(skip_locked=True)
    ).all():
        told += _remind(alarm, now)
    db.session.commit()
    return _sent(told)


def _remind(alarm: Alert, now: datetime) -> bool:
    connection = db.session.get(Connection, int(alarm.subject.removeprefix("connection:")))
    if connection is None or connection.state != ConnectionState.BROKEN:
        return False
    alarm.reminded_at = now
    remind_of_disconnect(connection, alarm.created_at, now)
    return True


def wake_resting_permissions(now: datetime) -> int:
    """Have the permission of paused connections renewed once a week: it must outlast the pause."""
    resting = db.session.scalars(
        select(Connection.id)
        .join(Grant, Grant.id == Connection.grant_id)
        .where(Connection.state == ConnectionState.PAUSED, Grant.refreshed_at < now - _RESTING)
    ).all()
    db.session.commit()
    for connection_id in resting:
        queue.wake(connection_id, "refresh_token")
    return len(resting)


def _sent(told: int) -> int:
    if told:
        queue.send_mail_soon()
    return told
