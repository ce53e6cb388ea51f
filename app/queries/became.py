"""What became of the invoices of a bulk push, as they stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy import Text as SqlText
from sqlalchemy import cast as sql_cast

from app.domain.states import IN_HAND, IN_LEDGER, SyncState
from app.extensions import db
from app.models import AuditEntry, BulkPush, Invoice
from app.queries.counts import needs_person

_REFUSED = (SyncState.FAILED, SyncState.DEAD)
_SHOWN = 10


@dataclass(slots=True)
class Became:
    """How many are in the ledger, on their way, refused, or stopped; first: of the last two."""

    there: int = 0
    moving: int = 0
    refused: int = 0
    stopped: int = 0
    first: Sequence[Invoice] = ()

    @property
    def stuck(self) -> int:
        """Return how many need somebody again."""
        return self.refused + self.stopped


def became_of(bulk: BulkPush) -> Became:
    """Count where the invoices it made due stand now; two queries."""
    state, stuck = Invoice.sync_state, needs_person().label("stuck")
    rows = db.session.execute(
        select(state, stuck, func.count()).where(_of(bulk)).group_by(state, stuck)
    )
    found = Became()
    for of_state, is_stuck, count in rows:
        if of_state in IN_LEDGER:
            found.there += count
        elif of_state in IN_HAND and not is_stuck:
            found.moving += count
        elif of_state in _REFUSED:
            found.refused += count
        else:
            found.stopped += count
    if found.refused or found.stopped:
        found.first = db.session.scalars(
            select(Invoice)
            .where(_of(bulk), state.not_in(IN_LEDGER), state.not_in(IN_HAND) | needs_person())
            .order_by(Invoice.id)
            .limit(_SHOWN)
        ).all()
    return found


def _of(bulk: BulkPush) -> ColumnElement[bool]:
    subjects = select(AuditEntry.subject).where(
        AuditEntry.created_at >= bulk.created_at,
        AuditEntry.detail["bulk_push"].astext == str(bulk.id),
    )
    return (literal("invoice:") + sql_cast(Invoice.id, SqlText)).in_(subjects)
