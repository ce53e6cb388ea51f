"""Write down on a push what was done about it without a call to the ledger."""

from __future__ import annotations

from datetime import datetime

from app.extensions import db
from app.models import Attempt, Push


def note_without_call(
    push: Push, outcome: str, words: str, now: datetime, actor: str | None = None
) -> None:
    """Add it to what is listed of the push; the caller commits. actor: who decided it."""
    db.session.add(
        Attempt(
            workspace_id=push.workspace_id,
            push_id=push.id,
            connection_id=push.connection_id,
            started_at=now,
            milliseconds=0,
            outcome=outcome,
            words=words,
            actor=actor,
        )
    )
