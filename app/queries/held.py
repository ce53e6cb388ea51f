"""What waits for review, by the day it was finalised: a recurring run is one day's recurring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, exists, func, select

from app.domain.states import FINISHED, NUMBERED, DocumentKind, SyncState
from app.domain.undo import TAKEN_BACK
from app.extensions import db
from app.models import Connection, DocumentLink, Push, SalesDocument, Workspace


@dataclass(frozen=True, slots=True)
class Batch:
    """What names one batch: a company, the day by the workspace's clock, recurring or not, a kind.

    Credit notes are batches of their own: they take off what invoices ask for.
    """

    connection_id: int
    day: date
    recurring: bool
    kind: str = DocumentKind.INVOICE


@dataclass(frozen=True, slots=True)
class Held:
    """One batch of documents that waits for review, and its money.

    booked: of how many only a change waits. perhaps: how many may be in the ledger already.
    """

    batch: Batch
    count: int
    sums: dict[str, Decimal]
    company_name: str
    booked: int = 0
    perhaps: int = 0


def batches(connection_id: int | None = None) -> list[Held]:
    """Return what waits for review, oldest day first."""
    day, one = _day(), SalesDocument
    rows = db.session.execute(
        select(
            one.connection_id,
            day,
            one.recurring,
            one.kind,
            Connection.company_name,
            one.currency,
            func.count(),
            func.sum(one.total),
            func.count().filter(_booked()),
            func.count().filter(_perhaps(), ~_booked()),
        )
        .join(Connection, Connection.id == one.connection_id)
        .join(Workspace, Workspace.id == one.workspace_id)
        .where(*_held(), *([one.connection_id == connection_id] if connection_id else []))
        .group_by(
            one.connection_id, day, one.recurring, one.kind, Connection.company_name, one.currency
        )
        .order_by(day, one.connection_id, one.kind.desc(), one.recurring.desc(), one.currency)
    )
    found: dict[Batch, Held] = {}
    for company, on, recurring, kind, name, currency, count, total, booked, perhaps in rows:
        batch = Batch(company, on, recurring, kind)
        known = found.get(batch, Held(batch, 0, {}, name))
        found[batch] = replace(
            known,
            count=known.count + count,
            sums=known.sums | {currency: total},
            booked=known.booked + booked,
            perhaps=known.perhaps + perhaps,
        )
    return list(found.values())


def ids_of(batch: Batch) -> Sequence[int]:
    """Return the documents of a batch, oldest first."""
    return db.session.scalars(
        select(SalesDocument.id)
        .join(Workspace, Workspace.id == SalesDocument.workspace_id)
        .where(
            *_held(),
            SalesDocument.connection_id == batch.connection_id,
            SalesDocument.kind == batch.kind,
            SalesDocument.recurring == batch.recurring,
            _day() == batch.day,
        )
        .order_by(SalesDocument.id)
    ).all()


def _held() -> tuple[ColumnElement[bool], ...]:
    """Match what waits for review; what somebody took back waits for something else."""
    taken_back = func.coalesce(SalesDocument.problem["code"].astext, "") == TAKEN_BACK
    held = SalesDocument.sync_state == SyncState.HELD
    return SalesDocument.kind.in_(NUMBERED), held, ~taken_back


def _booked() -> ColumnElement[bool]:
    return exists().where(
        DocumentLink.connection_id == SalesDocument.connection_id,
        DocumentLink.document_kind == SalesDocument.kind,
        DocumentLink.document_id == SalesDocument.id,
    )


def _perhaps() -> ColumnElement[bool]:
    return exists().where(
        Push.connection_id == SalesDocument.connection_id,
        Push.document_kind == SalesDocument.kind,
        Push.document_id == SalesDocument.id,
        Push.state.not_in(FINISHED),
        Push.look_first,
    )


def _day() -> Any:
    return cast(func.timezone(Workspace.time_zone, SalesDocument.finalised_at), Date)
