"""Runs of pushes, as the drain opens and closes them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.extensions import db
from app.models import PushRun
from app.usecases.undo_run import undo
from tests.connected import Connected, now


def a_run(northgate: Connected) -> int:
    """End the run under way, as five quiet minutes do; returns its id."""
    run = db.session.scalars(
        select(PushRun).where(
            PushRun.connection_id == northgate.connection_id, PushRun.finished_at.is_(None)
        )
    ).one()
    run.started_at, run.finished_at = now() - timedelta(minutes=1), now()
    db.session.commit()
    return run.id


def taken_back(run_id: int, how: str = "delete") -> int:
    """Let Priya press it; returns how many documents."""
    return undo(run_id, how, "Priya Nair", None, now())
