"""Tell runs apart: one stretch of pushing into one company, what a person would take back whole."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update

from app.domain.states import CLAIMABLE, PushState
from app.extensions import db
from app.models import Push, PushRun

# A run is over when nothing of it was written for so long and nothing of it is still to come.
# Short: what is taken back with a wrong run should be that run and nothing that came after it.
_QUIET = timedelta(minutes=1)


def run_under_way(workspace_id: int, connection_id: int, now: datetime) -> int:
    """Return the run that a company's pushes belong to now, a new one if need be; no commit."""
    under_way = db.session.scalar(
        select(PushRun.id).where(
            PushRun.connection_id == connection_id, PushRun.finished_at.is_(None)
        )
    )
    if under_way is not None:
        return under_way
    run = PushRun(workspace_id=workspace_id, connection_id=connection_id, started_at=now)
    db.session.add(run)
    db.session.flush()
    return run.id


def close_run(run: PushRun, now: datetime) -> None:
    """End a run here and now, so that what comes after belongs to another; no commit."""
    if run.finished_at is None:
        run.finished_at = now


def close_quiet_runs(now: datetime) -> int:
    """Close the runs that came to their end; returns how many; commits."""
    of_run = Push.run_id == PushRun.id
    last = select(func.max(Push.finished_at)).where(of_run).scalar_subquery()
    to_come = exists().where(of_run, Push.state.in_((*CLAIMABLE, PushState.PUSHING)))
    closed = db.session.execute(
        update(PushRun)
        .where(
            PushRun.finished_at.is_(None),
            PushRun.started_at <= now - _QUIET,
            func.coalesce(last, PushRun.started_at) <= now - _QUIET,
            ~to_come,
        )
        .values(finished_at=func.coalesce(last, PushRun.started_at))
        .returning(PushRun.id)
    ).all()
    db.session.commit()
    return len(closed)
