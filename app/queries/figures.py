"""How much there is to do, over all workspaces; every question is answered from a small index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, true

from app.domain.states import CLAIMABLE, FINISHED
from app.extensions import db
from app.models import Alert, Attempt, Connection, InboundEvent, Push, Workspace

_LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Work:
    """What is open and what is due; oldest_due in seconds, 0 when nothing is."""

    open_by_state: dict[str, int]
    due: int
    oldest_due: float


def work(now: datetime) -> Work:
    """Count the pushes that are not finished: an index holds just those."""
    by_state = db.session.execute(
        select(Push.state, func.count()).where(Push.state.not_in(FINISHED)).group_by(Push.state)
    )
    not_live = select(Connection.id).where(~Connection.live)  # few, and for a while
    waiting = (
        Push.state.in_(CLAIMABLE),
        Push.due_at <= now,
        Push.connection_id.not_in(not_live),
    )
    due = db.session.scalar(select(func.count(Push.id)).where(*waiting)) or 0
    oldest = db.session.scalar(select(func.min(Push.due_at)).where(*waiting))
    waited = (now - oldest).total_seconds() if oldest is not None else 0.0
    return Work(dict(by_state.all()), due, waited)


def inbound_lately(now: datetime) -> dict[tuple[str, str], int]:
    """Count the hooks and notices of the last hour by (source, status)."""
    lately = (
        select(InboundEvent.source, InboundEvent.status)
        .where(InboundEvent.workspace_id == Workspace.id, InboundEvent.received_at > now - _LATELY)
        .lateral()
    )
    found = db.session.execute(
        select(lately.c.source, lately.c.status, func.count())
        .select_from(Workspace)
        .join(lately, true())
        .group_by(lately.c.source, lately.c.status)
    )
    return {(source, status): count for source, status, count in found}


def attempts_lately(now: datetime) -> dict[str, int]:
    """Count the tries of the last hour by outcome."""
    lately = (
        select(Attempt.outcome)
        .where(and_(Attempt.workspace_id == Workspace.id, Attempt.started_at > now - _LATELY))
        .lateral()
    )
    found = db.session.execute(
        select(lately.c.outcome, func.count())
        .select_from(Workspace)
        .join(lately, true())
        .group_by(lately.c.outcome)
    )
    return dict(found.all())


def open_alerts() -> int:
    """Count what needs a person."""
    found = db.session.scalar(select(func.count(Alert.id)).where(Alert.closed_at.is_(None)))
    return found or 0
