"""What is in the ledger's book beside ours, judged as a drain does, without a ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.extensions import db
from app.models import LedgerInvoiceRow
from app.usecases.push.claim import claim
from app.usecases.push.perhaps_there import judge_those_there
from tests.northgate import NOW, Northgate


def in_the_ledger(northgate: Northgate, ledger_id: str, number: str | None, **changes: Any) -> None:
    """Let the pull have brought an invoice for Oak & Ash Ltd, 540.00, that is none of ours."""
    values: dict[str, Any] = {
        "customer_ledger_id": "58",
        "customer_name": "Oak & Ash Ltd",
        "issue_date": NOW.date() - timedelta(days=1),
        "due_date": NOW.date() + timedelta(days=29),
        "currency": "GBP",
        "total": 540,
        "tax_total": 90,
        "balance": 540,
        "version": "0",
        "read_at": NOW,
    }
    row = LedgerInvoiceRow(
        workspace_id=northgate.workspace_id,
        connection_id=northgate.connection_id,
        ledger_id=ledger_id,
        number=number,
        **values | changes,
    )
    db.session.add(row)
    db.session.commit()


def judge(northgate: Northgate) -> None:
    """Let a worker claim all that is due and hold it against the ledger's book."""
    ids = claim(northgate.connection_id, "test", NOW + timedelta(days=400), 500)
    judge_those_there(ids, northgate.connection_id, NOW)
