"""What happens when a ledger takes its permission back, and when it is there again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from app import queue
from app.domain.states import ConnectionState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Alert, Connection
from app.usecases.audit import audit
from app.usecases.company import company_refuses, our_mistake
from app.usecases.mail.notify import tell_disconnected


def mark_broken(connection_id: int, reason: str, now: datetime) -> None:
    """Note that the ledger took the permission back: nothing moves, people are told, once."""
    connection = db.session.get_one(Connection, connection_id, with_for_update=True)
    if connection.state not in (ConnectionState.ACTIVE, ConnectionState.PAUSED):
        db.session.rollback()
        return
    kind = LEDGERS[connection.provider]
    connection.state = ConnectionState.BROKEN
    connection.state_reason = f"{kind.provider.name} stopped accepting our permission."
    db.session.add(
        Alert(
            workspace_id=connection.workspace_id,
            kind="connection.disconnected",
            subject=f"connection:{connection_id}",
            message=connection.state_reason,
        )
    )
    audit(
        connection.workspace_id,
        "Ledgerbridge",
        "connection.broken",
        f"connection:{connection_id}",
        reason=reason,
    )
    our_mistake.end(connection, now)  # the vendor knew us well enough to say no
    tell_disconnected(connection, now)
    db.session.commit()
    queue.send_mail_soon()


def close_alert(connection: Connection) -> None:
    """End its alarms in the transaction under way: the permission is there, or given up."""
    db.session.execute(
        update(Alert)
        .where(
            Alert.workspace_id == connection.workspace_id,
            Alert.kind.in_(("connection.disconnected", our_mistake.KIND, company_refuses.KIND)),
            Alert.subject == f"connection:{connection.id}",
            Alert.closed_at.is_(None),
        )
        .values(closed_at=connection.company_read_at)
    )
