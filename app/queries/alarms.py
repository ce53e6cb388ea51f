"""The alarms that are open and that nothing else on the overview shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Alert, Connection
from app.queries.cause import Cause

# A broken connection is a row already, with the invoices that wait for it.
_SHOWN_ELSEWHERE = "connection.disconnected"
# Nobody ends these: the e-mail was not sent, and after a week it is no news.
_NO_END = "mail.undeliverable"
_NEWS = timedelta(days=7)


def ringing(now: datetime) -> list[Cause]:
    """Return the open alarms, oldest first.

    code: the alarm's kind, title: its sentence, name: the number of the customer it is about.
    """
    rows = db.session.execute(
        select(Alert.kind, Alert.subject, Alert.message)
        .where(
            Alert.closed_at.is_(None),
            Alert.kind != _SHOWN_ELSEWHERE,
            or_(Alert.kind != _NO_END, Alert.created_at > now - _NEWS),
        )
        .order_by(Alert.id)
    ).all()
    connections = _connections() if rows else {}
    return [_cause(row.kind, row.subject, row.message, connections) for row in rows]


def sentences_about(connection: Connection) -> Sequence[str]:
    """Return the sentences of a connection's open alarms, but for that of a broken one."""
    return db.session.scalars(
        select(Alert.message)
        .where(
            Alert.closed_at.is_(None),
            Alert.kind != _SHOWN_ELSEWHERE,
            Alert.subject == f"connection:{connection.id}",
        )
        .order_by(Alert.id)
    ).all()


def _cause(kind: str, subject: str, message: str, connections: dict[str, Connection]) -> Cause:
    """Make a row; what an alarm is about is a connection, or a ledger with several."""
    part, _, customer_id = subject.partition(":customer:")
    about = connections.get(part) or connections.get(part.partition(":")[0])
    cause = Cause("alarm", code=kind, title=message, name=customer_id)
    if about is not None:
        cause.connection_id, cause.provider = about.id, about.provider
        cause.company_name = about.company_name
    return cause


def _connections() -> dict[str, Connection]:
    """Return the connections in use by what alarms call them, the first of a ledger by its name."""
    rows = db.session.scalars(
        select(Connection)
        .where(Connection.state != ConnectionState.DISCONNECTED)
        .order_by(Connection.id)
    ).all()
    named = {row.provider: row for row in reversed(rows)}
    return named | {f"connection:{row.id}": row for row in rows}
