"""Ring for people, once, and end the alarm when it is over; in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Alert


def ring(workspace_id: int, kind: str, subject: str, message: str) -> bool:
    """Open an alarm with a sentence for people; False when the same one is open already."""
    made = db.session.execute(
        insert(Alert)
        .values(workspace_id=workspace_id, kind=kind, subject=subject, message=message)
        .on_conflict_do_nothing(
            index_elements=["workspace_id", "kind", "subject"],
            index_where=text("closed_at IS NULL"),
        )
        .returning(Alert.id)
    ).first()
    return made is not None


def end(workspace_id: int, kind: str, subject: str, now: datetime) -> bool:
    """Close an alarm; False when it was not open."""
    closed = db.session.execute(
        update(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.kind == kind,
            Alert.subject == subject,
            Alert.closed_at.is_(None),
        )
        .values(closed_at=now)
        .returning(Alert.id)
    ).first()
    return closed is not None


def rang(workspace_id: int, kind: str, subject: str) -> bool:
    """Tell whether an alarm ever rang, over or not."""
    asked = exists().where(
        Alert.workspace_id == workspace_id, Alert.kind == kind, Alert.subject == subject
    )
    return bool(db.session.scalar(select(asked)))
