"""What waits for review, by the day it was finalised: a recurring run is one day's recurring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select

from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection, Invoice, Workspace
from app.queries.counts import taken_back


@dataclass(frozen=True, slots=True)
class Batch:
    """What names one batch: a company, the day by the workspace's clock, recurring or not."""

    connection_id: int
    day: date
    recurring: bool


@dataclass(frozen=True, slots=True)
class Held:
    """One batch of invoices that waits for review, and its money."""

    batch: Batch
    count: int
    sums: dict[str, Decimal]
    company_name: str


def batches(connection_id: int | None = None) -> list[Held]:
    """Return what waits for review, oldest day first."""
    day = _day()
    rows = db.session.execute(
        select(
            Invoice.connection_id,
            day,
            Invoice.recurring,
            Connection.company_name,
            Invoice.currency,
            func.count(),
            func.sum(Invoice.total),
        )
        .join(Connection, Connection.id == Invoice.connection_id)
        .join(Workspace, Workspace.id == Invoice.workspace_id)
        .where(*_held(), *([Invoice.connection_id == connection_id] if connection_id else []))
        .group_by(
            Invoice.connection_id, day, Invoice.recurring, Connection.company_name, Invoice.currency
        )
        .order_by(day, Invoice.connection_id, Invoice.recurring.desc(), Invoice.currency)
    )
    found: dict[Batch, Held] = {}
    for company, on, recurring, name, currency, count, total in rows:
        batch = Batch(company, on, recurring)
        known = found.get(batch, Held(batch, 0, {}, name))
        found[batch] = Held(batch, known.count + count, known.sums | {currency: total}, name)
    return list(found.values())


def ids_of(batch: Batch) -> Sequence[int]:
    """Return the invoices of a batch, oldest first."""
    return db.session.scalars(
        select(Invoice.id)
        .join(Workspace, Workspace.id == Invoice.workspace_id)
        .where(
            *_held(),
            Invoice.connection_id == batch.connection_id,
            Invoice.recurring == batch.recurring,
            _day() == batch.day,
        )
        .order_by(Invoice.id)
    ).all()


def _held() -> tuple[ColumnElement[bool], ...]:
    """Match what waits for review; what somebody took back waits for something else."""
    return Invoice.sync_state == SyncState.HELD, ~taken_back()


def _day() -> Any:
    return cast(func.timezone(Workspace.time_zone, Invoice.finalised_at), Date)
