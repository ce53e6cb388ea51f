"""Runs of pushes, as the drain opens and closes them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.extensions import db
from app.models import Push, PushRun
from app.usecases.undo_run import undo
from tests.connected import Connected, now


def a_run(northgate: Connected) -> int:
    """Say that everything pushed so far and not yet of a run was one; returns its id."""
    run = PushRun(
        workspace_id=northgate.workspace_id,
        connection_id=northgate.connection_id,
        started_at=now() - timedelta(minutes=1),
        finished_at=now(),
    )
    db.session.add(run)
    db.session.flush()
    db.session.execute(
        update(Push)
        .where(Push.connection_id == northgate.connection_id, Push.run_id.is_(None))
        .where(Push.state.in_(("done", "cancelled")))
        .values(run_id=run.id)
    )
    db.session.commit()
    return run.id


def taken_back(run_id: int, how: str = "delete") -> int:
    """Let Priya press it; returns how many documents."""
    return undo(run_id, how, "Priya Nair", None, now())
