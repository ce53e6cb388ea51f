"""Open, confirm and close differences, and note what a person decided about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import case, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domain.drift import Finding, Kind
from app.domain.money import round_money
from app.domain.public_id import public_id
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import Drift, OutboundEvent, Reconciliation
from app.usecases.audit import audit
from app.usecases.settle import settle

log = structlog.get_logger()

_AT_ONCE = 500
# Who decided that a difference is none of billing's business.
OURSELVES = "Ledgerbridge"
ACCEPTED = "accepted"


class DriftClosed(Exception):
    """Raised when somebody decides about a difference that is not open any more."""


def decided(connection_id: int) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what people accepted: (subject, kind) to what both sides said then."""
    rows = db.session.execute(
        select(Drift.subject, Drift.kind, Drift.ours, Drift.theirs).where(
            Drift.connection_id == connection_id,
            Drift.closed_at.is_(None),
            Drift.decision == ACCEPTED,
        )
    )
    return {(row.subject, row.kind): (row.ours, row.theirs) for row in rows}


def keep_findings(run: Reconciliation, findings: Sequence[Finding], now: datetime) -> None:
    """Open what is new, confirm what is still seen, close what is not; the caller commits.

    A decision lasts as long as both sides still say what they said when it was made.
    """
    for start in range(0, len(findings), _AT_ONCE):
        _store([_row(run, each, now) for each in findings[start : start + _AT_ONCE]])
    db.session.execute(
        update(Drift)
        .where(
            Drift.connection_id == run.connection_id,
            Drift.closed_at.is_(None),
            Drift.seen_by_id != run.id,
        )
        .values(closed_at=now)
        .execution_options(synchronize_session=False)
    )
    _tell(run)


def _store(rows: list[dict[str, Any]]) -> None:
    statement = upsert(Drift).values(rows)
    new = statement.excluded
    same = (Drift.ours == new.ours) & (Drift.theirs == new.theirs)
    lasting = {
        name: case((same & (Drift.decision == ACCEPTED), getattr(Drift, name)), else_=new[name])
        for name in ("decision", "decided_by", "decided_at")
    }
    seen = (
        "seen_by_id", "invoice_id", "ledger_id", "number", "customer_name", "currency", "ours",
        "theirs", "amount", "explanation", "twin_id",
    )  # fmt: skip
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "kind", "subject"],
            index_where=Drift.closed_at.is_(None),
            set_=lasting | {name: new[name] for name in seen},
        )
    )


def _row(run: Reconciliation, finding: Finding, now: datetime) -> dict[str, Any]:
    quiet = finding.quiet is not None
    return {
        "workspace_id": run.workspace_id,
        "connection_id": run.connection_id,
        "kind": finding.kind.value,
        "document_kind": finding.document,
        "subject": finding.subject,
        "invoice_id": finding.invoice_id,
        "twin_id": finding.twin_id,
        "ledger_id": finding.ledger_id,
        "number": finding.number,
        "customer_name": finding.customer,
        "currency": finding.currency,
        "ours": finding.ours,
        "theirs": finding.theirs,
        "amount": finding.amount,
        "explanation": finding.explanation,
        "opened_by_id": run.id,
        "seen_by_id": run.id,
        "decision": finding.quiet.value if finding.quiet else None,
        "decided_by": OURSELVES if quiet else None,
        "decided_at": now if quiet else None,
    }


def _tell(run: Reconciliation) -> None:
    """Tell billing of each difference once, when it is first seen."""
    opened = db.session.scalars(
        select(Drift).where(Drift.opened_by_id == run.id, Drift.decision.is_(None))
    )
    events = [
        {
            "workspace_id": run.workspace_id,
            "type": "drift.detected",
            "subject": f"drift:{drift.id}",
            "data": _told(drift),
        }
        for drift in opened
    ]
    if events:
        db.session.execute(insert(OutboundEvent), events)


def _told(drift: Drift) -> dict[str, Any]:
    return {
        "id": str(drift.id),
        "kind": drift.kind,
        **ours_of(drift),
        "ledger_id": drift.ledger_id,
        "number": drift.number,
        "currency": drift.currency,
        "ours": drift.ours,
        "theirs": drift.theirs,
        "difference": str(round_money(drift.amount, drift.currency)),
        "explanation": drift.explanation,
    }


def ours_of(drift: Drift) -> dict[str, Any]:
    """Return what kind of document differs and billing's side of it, as billing is told."""
    ours = public_id(drift.invoice_id) if drift.invoice_id else None
    credit = drift.document_kind == DocumentKind.CREDIT_NOTE
    return {
        "document": drift.document_kind,
        "invoice_id": None if credit else ours,
        "credit_note_id": ours if credit else None,
    }


def accept(drift_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    """Note that a person leaves a difference as it is; raises DriftClosed. Commits.

    Nothing changes in the ledger, and in billing only a balance is taken over.
    """
    drift = _open_drift(drift_id)
    if drift.kind == Kind.BALANCE and drift.ledger_id:
        settle(drift.connection_id, [drift.ledger_id], DocumentKind(drift.document_kind))
    drift.decision, drift.decided_by, drift.decided_at = ACCEPTED, actor, now
    _note(drift, "drift.accept", actor, user_id)
    db.session.commit()


def undo(drift_id: int, actor: str, user_id: int | None) -> None:
    """Take a person's decision back; raises DriftClosed. Commits."""
    drift = _open_drift(drift_id)
    if drift.decision == ACCEPTED:
        drift.decision = drift.decided_by = drift.decided_at = None
        _note(drift, "drift.undo", actor, user_id)
    db.session.commit()


def _open_drift(drift_id: int) -> Drift:
    drift = db.session.scalar(select(Drift).where(Drift.id == drift_id).with_for_update())
    if drift is None or drift.closed_at is not None:
        db.session.rollback()
        raise DriftClosed("This difference is settled already.")
    return drift


def _note(drift: Drift, action: str, actor: str, user_id: int | None) -> None:
    audit(
        drift.workspace_id,
        actor,
        action,
        f"drift:{drift.id}",
        user_id=user_id,
        kind=drift.kind,
        number=drift.number,
        ours=drift.ours,
        theirs=drift.theirs,
    )
