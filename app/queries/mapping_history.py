"""What codes were mapped to before, as the audit trail tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from app.extensions import db
from app.models import AuditEntry, Connection

_UNDO = "mapping.undo"
_SAVES = ("mapping.save", "mapping.import")
# The newest changes of a company; what is older is in the audit log.
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Was:
    """An entry a code meant until a moment; by: who had mapped it, or who took it back."""

    ledger_name: str
    until: datetime
    by: str
    taken_back: bool


def histories(connection: Connection) -> Mapping[tuple[str, str], Sequence[Was]]:
    """Return what each code of a connection meant before, newest first; one query."""
    replaced = AuditEntry.detail["before"]["ledger_name"].astext.is_not(None)
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor, AuditEntry.detail, AuditEntry.created_at)
        .where(
            AuditEntry.subject == f"connection:{connection.id}",
            or_(AuditEntry.action == _UNDO, AuditEntry.action.in_(_SAVES) & replaced),
        )
        .order_by(AuditEntry.id.desc())
        .limit(_MOST)
    )
    found: dict[tuple[str, str], list[Was]] = defaultdict(list)
    for action, actor, detail, at in rows:
        found[detail["kind"], detail["code"]].append(_was(action, actor, detail, at))
    return found


def _was(action: str, actor: str, detail: dict[str, Any], at: datetime) -> Was:
    """Read one change: a save names what it replaced, an undo what it took back."""
    if action == _UNDO:
        return Was(detail["ledger_name"], at, actor, taken_back=True)
    before = detail["before"]
    return Was(before["ledger_name"], at, before["set_by"], taken_back=False)
