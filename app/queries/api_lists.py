"""Connections, reconciliations and drifts as the API shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, tuple_

from app.domain.drift import Amounts
from app.domain.verdict import sums_of
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, Drift, Reconciliation
from app.queries.api_invoices import amount, moment
from app.queries.cursor import read_cursor, write_cursor
from app.usecases.reconciliation.drifts import ours_of

Json = dict[str, Any]


def list_connections(workspace_id: int) -> list[Json]:
    """Return every ledger company of a workspace, also those of the past."""
    found = db.session.scalars(
        select(Connection).where(Connection.workspace_id == workspace_id).order_by(Connection.id)
    )
    return [_connection(connection) for connection in found]


def _connection(row: Connection) -> Json:
    kind = LEDGERS.get(row.provider)
    return {
        "id": str(row.id),
        "ledger": row.provider,
        "ledger_name": kind.provider.name if kind else row.provider,
        "environment": row.environment,
        "company_id": row.company_id,
        "company_name": row.company_name,
        "country": row.country,
        "currency": row.home_currency,
        "state": row.state,
        "reason": row.state_reason,
        "push_mode": row.push_mode,
        "live": row.live,
        "starts_on": row.starts_on.isoformat() if row.starts_on else None,
        "review_recurring": row.review_recurring,
        "duplicates": row.duplicates,
        "pulled_at": moment(row.pulled_at) if row.pulled_at else None,
    }


def list_reconciliations(
    workspace_id: int, connection_id: int | None, cursor: str | None, limit: int
) -> tuple[list[Json], str | None]:
    """Return verdicts, newest first, and where to go on; raises BadCursor."""
    query = select(Reconciliation).where(Reconciliation.workspace_id == workspace_id)
    if connection_id is not None:
        query = query.where(Reconciliation.connection_id == connection_id)
    if cursor:
        here = tuple_(Reconciliation.started_at, Reconciliation.id)
        query = query.where(here < read_cursor(cursor))
    query = query.order_by(Reconciliation.started_at.desc(), Reconciliation.id.desc())
    found = db.session.scalars(query.limit(limit + 1)).all()
    page = found[:limit]
    more = len(found) > limit
    following = write_cursor(page[-1].started_at, page[-1].id) if more else None
    return [_reconciliation(row) for row in page], following


def _reconciliation(row: Reconciliation) -> Json:
    return {
        "id": str(row.id),
        "connection": str(row.connection_id),
        "trigger": row.trigger,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at) if row.finished_at else None,
        "verdict": row.verdict,
        "currency": row.currency,
        "billing": {"count": row.our_count, "total": amount(row.our_total, row.currency)},
        "ledger": {"count": row.ledger_count, "total": amount(row.ledger_total, row.currency)},
        **_parted(row),
        "credit_notes": _credit_notes(row),
        "error": row.error,
    }


def _parted(row: Reconciliation) -> Json:
    """Return what of the invoices agreed, and what explains the rest, in the company's currency.

    known: ledger minus billing, by cause.
    """
    home = [sums for sums in sums_of(row.figures) if sums.currency == row.currency]
    invoices = next((sums for sums in home if not sums.credit), None)
    agreed = invoices.agreed if invoices else Amounts()
    return {
        "agreed": {"count": agreed.count, "total": amount(agreed.total, row.currency)},
        "known": [
            {
                "cause": cause.value,
                "count": sums.count,
                "difference": amount(sums.total, row.currency),
            }
            for cause, sums in sorted((invoices.causes if invoices else {}).items())
        ],
    }


def _credit_notes(row: Reconciliation) -> Json:
    """Return both sides' credit notes in the company's own currency."""
    home = [sums for sums in sums_of(row.figures) if sums.credit and sums.currency == row.currency]
    both = (home[0].ours, home[0].theirs) if home else (Amounts(), Amounts())
    return {
        side: {"count": sums.count, "total": amount(sums.total, row.currency)}
        for side, sums in zip(("billing", "ledger"), both, strict=True)
    }


def list_drifts(
    workspace_id: int, *, open_only: bool, cursor: str | None, limit: int
) -> tuple[list[Json], str | None]:
    """Return differences, newest first, and where to go on; raises BadCursor."""
    query = select(Drift).where(Drift.workspace_id == workspace_id)
    if open_only:
        query = query.where(Drift.closed_at.is_(None))
    if cursor:
        query = query.where(tuple_(Drift.created_at, Drift.id) < read_cursor(cursor))
    query = query.order_by(Drift.created_at.desc(), Drift.id.desc())
    found = db.session.scalars(query.limit(limit + 1)).all()
    page = found[:limit]
    more = len(found) > limit
    following = write_cursor(page[-1].created_at, page[-1].id) if more else None
    return [_drift(row) for row in page], following


def _drift(row: Drift) -> Json:
    return {
        "id": str(row.id),
        "connection": str(row.connection_id),
        "kind": row.kind,
        **ours_of(row),
        "ledger_id": row.ledger_id,
        "number": row.number,
        "customer_name": row.customer_name,
        "currency": row.currency,
        "billing": row.ours,
        "ledger": row.theirs,
        "difference": amount(row.amount, row.currency),
        "explanation": row.explanation,
        "opened_at": moment(row.created_at),
        "closed_at": moment(row.closed_at) if row.closed_at else None,
        "decision": row.decision,
    }
