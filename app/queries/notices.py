"""The notices of one ledger: those about a company, and those refused at that ledger's door.

What billing sent is no ledger's notice, whichever connection it came to concern. A refused body
belongs to nobody: its content is not used, so it counts for every company of that ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from app.extensions import db
from app.models import Connection, InboundEvent

DAY = timedelta(hours=24)
_SHOWN = 5  # addresses from which something was refused


@dataclass(frozen=True, slots=True)
class Heard:
    """The ledger's notices of the last day, and the newest verified one of all."""

    count: int
    refused: int
    last: InboundEvent | None


@dataclass(frozen=True, slots=True)
class Notices:
    """The ledger's notices of one connection since a moment."""

    verified: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """Return how many came, verified or not."""
        return self.verified + self.refused


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused in a day for one reason from one address."""

    count: int
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Door:
    """How one ledger's door does, of all workspaces: for operators."""

    last: datetime | None  # when a verified body came that was new
    refused: list[Refused]  # the last day, most first
    unread: int  # bodies of the last day that no notice could be read in


def door_of(provider: str, now: datetime) -> Door:
    """Return how a ledger's door does; bodies and refusals are rows of nobody's."""
    nobodys = InboundEvent.workspace_id.is_(None), InboundEvent.source == provider
    lately = InboundEvent.received_at > now - DAY
    body = InboundEvent.type == "body"
    last = db.session.scalar(
        select(InboundEvent.received_at)
        .where(*nobodys, body)
        .order_by(InboundEvent.received_at.desc())
        .limit(1)
    )
    unread = select(func.count()).where(*nobodys, body, lately, InboundEvent.status == "ignored")
    address, reason = func.coalesce(InboundEvent.address, "unknown"), InboundEvent.reason
    refused = db.session.execute(
        select(func.count(), address, func.coalesce(reason, ""))
        .where(*nobodys, lately, InboundEvent.status == "refused")
        .group_by(InboundEvent.address, reason)
        .order_by(func.count().desc())
        .limit(_SHOWN)
    )
    return Door(last, [Refused(*row) for row in refused], db.session.scalar(unread) or 0)


def heard(connection: Connection, now: datetime) -> Heard:
    """Return what the ledger told us about this company, and what it was not believed."""
    found = since(now - DAY, [connection])[connection.id]
    last = db.session.scalar(
        select(InboundEvent)
        .where(*_verified([connection]))
        .order_by(InboundEvent.received_at.desc())
        .limit(1)
    )
    return Heard(found.verified, found.refused, last)


def since(moment: datetime, connections: Sequence[Connection]) -> dict[int, Notices]:
    """Count each connection's notices since a moment; all of one workspace."""
    if not connections:
        return {}
    rows = db.session.execute(
        select(InboundEvent.connection_id, func.count())
        .where(*_verified(connections), InboundEvent.received_at > moment)
        .group_by(InboundEvent.connection_id)
    )
    verified = {row[0]: row[1] for row in rows}
    refused = _refused(moment, connections)
    return {
        each.id: Notices(verified.get(each.id, 0), refused.get(each.provider, 0))
        for each in connections
    }


def _verified(connections: Sequence[Connection]) -> list[ColumnElement[bool]]:
    return [
        InboundEvent.workspace_id == connections[0].workspace_id,
        InboundEvent.connection_id.in_([each.id for each in connections]),
        InboundEvent.source.in_({each.provider for each in connections}),
        InboundEvent.status != "refused",
    ]


def _refused(moment: datetime, connections: Sequence[Connection]) -> dict[str, int]:
    mine = InboundEvent.workspace_id == connections[0].workspace_id
    rows = db.session.execute(
        select(InboundEvent.source, func.count())
        .where(
            or_(InboundEvent.workspace_id.is_(None), mine),
            InboundEvent.source.in_({each.provider for each in connections}),
            InboundEvent.status == "refused",
            InboundEvent.received_at > moment,
        )
        .group_by(InboundEvent.source)
    )
    return {row[0]: row[1] for row in rows}
