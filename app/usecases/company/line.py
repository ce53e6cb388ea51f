"""What it takes to call one company, and how fast that may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import LedgerKind, Limits
from app.models import Connection


@dataclass(frozen=True, slots=True)
class Line:
    """What it takes to call one company; read once, so that no transaction stays open."""

    connection_id: int
    workspace_id: int
    provider: str
    environment: str
    company_id: str
    grant_id: int
    writes: int  # at a time
    limits: Limits
    quiet_until: datetime | None
    quiet_reason: str | None

    @property
    def kind(self) -> LedgerKind:
        """Return the vendor."""
        return LEDGERS[self.provider]

    @property
    def company(self) -> str:
        """Return the name under which the governor counts this company's calls."""
        return f"{self.provider}:{self.environment}:{self.company_id}"


class NotConnected(Exception):
    """Raised when a connection holds no permission."""


def line_of(connection_id: int) -> Line:
    """Read what it takes to call a connection's company; raises NotConnected."""
    connection = db.session.get_one(Connection, connection_id)
    if connection.grant_id is None:
        raise NotConnected(f"Connection {connection_id} has no permission.")
    line = Line(
        connection_id=connection.id,
        workspace_id=connection.workspace_id,
        provider=connection.provider,
        environment=connection.environment,
        company_id=connection.company_id,
        grant_id=connection.grant_id,
        writes=writes_at_once(connection),
        limits=limits_of(connection),
        quiet_until=connection.quiet_until,
        quiet_reason=connection.quiet_reason,
    )
    db.session.commit()
    return line


def writes_at_once(connection: Connection) -> int:
    """Return how many writes of ours may be in flight in a company."""
    return min(connection.in_flight, LEDGERS[connection.provider].provider.limits.in_flight)


def limits_of(connection: Connection) -> Limits:
    """Return how fast we may be in a company: the vendor's limits, or slower where people say so.

    One place more than there are writes at a time: a read need not wait for a month's end.
    """
    vendor = LEDGERS[connection.provider].provider.limits
    own = connection.calls_per_minute or vendor.per_minute
    return replace(
        vendor,
        per_minute=min(own, vendor.per_minute),
        in_flight=writes_at_once(connection) + 1,
    )
