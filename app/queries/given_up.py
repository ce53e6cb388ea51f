"""The companies that somebody disconnected, and what of billing's waits for them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.states import SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, Invoice
from app.usecases.permission import connect_rules


@dataclass(frozen=True, slots=True)
class Away:
    """A company that somebody disconnected; booked: invoices it may hold, waiting: the others."""

    connection: Connection
    booked: int
    waiting: int


def given_up(workspace_id: int) -> list[Away]:
    """Return the companies that were disconnected and are not live again, the last one first."""
    gone = [each for provider in LEDGERS for each in connect_rules.given_up(workspace_id, provider)]
    rows = db.session.execute(
        select(
            Invoice.connection_id,
            func.count().filter(Invoice.sync_state == SyncState.UNLINKED),
            func.count().filter(Invoice.sync_state == SyncState.BLOCKED),
        )
        .where(Invoice.connection_id.in_([each.id for each in gone]))
        .group_by(Invoice.connection_id)
    )
    counts = {row[0]: (row[1], row[2]) for row in rows}
    return [Away(each, *counts.get(each.id, (0, 0))) for each in gone]
