"""Two people at one form: who saves second is told what the first one did, and decides anew.

A form carries a mark of what was stored when it was drawn. What is stored is marked again, in the
transaction that changes it; another mark means that somebody was there in between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from app.domain.deeds import Fact, facts_of
from app.extensions import db
from app.models import AuditEntry


class ChangedMeanwhile(Exception):
    """Raised with who changed it, when, and what; nothing was stored."""

    def __init__(self, actor: str, at: datetime | None, facts: list[Fact]) -> None:
        super().__init__(f"{actor} changed this meanwhile.")
        self.actor, self.at, self.facts = actor, at, facts


def mark_of(values: Mapping[str, Any]) -> str:
    """Return a mark that two sets of values share only when they are equal."""
    plain = json.dumps(values, sort_keys=True, default=str)
    return sha256(plain.encode()).hexdigest()[:16]


def refuse_changed(
    seen: str, values: Mapping[str, Any], workspace_id: int, subject: str, action: str
) -> None:
    """Raise ChangedMeanwhile unless what is stored is what the form was drawn from; rolls back.

    seen: the mark the form carried; empty where there was no form.
    """
    if not seen or seen == mark_of(values):
        return
    db.session.rollback()
    last = db.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.workspace_id == workspace_id,
            AuditEntry.subject == subject,
            AuditEntry.action == action,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    if last is None:
        raise ChangedMeanwhile("Somebody", None, [])
    raise ChangedMeanwhile(last.actor, last.created_at, facts_of(last.detail))


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, tuple[str | None, str | None]]:
    """Return what a change changed, for the audit: before and after of each field that differs."""
    return {
        key: (_text(before.get(key)), _text(value))
        for key, value in after.items()
        if before.get(key) != value
    }


def _text(value: Any) -> Any:
    plain = value is None or isinstance(value, bool | int | str | list)
    return value if plain else str(value)
