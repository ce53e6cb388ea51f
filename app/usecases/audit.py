"""Note who did what; called inside the transaction of the deed."""

from __future__ import annotations

from typing import Any

from app.extensions import db
from app.models import AuditEntry


def audit(
    workspace_id: int,
    actor: str,
    action: str,
    subject: str,
    *,
    user_id: int | None = None,
    **detail: Any,
) -> None:
    """Add an audit entry to the transaction under way; no secret may be among the detail."""
    db.session.add(
        AuditEntry(
            workspace_id=workspace_id,
            user_id=user_id,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail or None,
        )
    )
