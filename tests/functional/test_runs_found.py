"""A run counts what it only found in the ledger apart, and what it did to credit notes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import PushRun, Workspace
from app.queries.runs import row_of
from app.usecases.accounts import create_api_key
from app.usecases.manage_connection import disconnect
from tests.back import drained
from tests.builders import a_person
from tests.connected import Connected, connect, now
from tests.crediting import credit, go, revise
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app: Any, simulator: Any) -> Connected:
    """INV-0001 and CN-0007 are booked, then found again after a reconnect: all in one run."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        made.bill("INV-0001")
        credit(made)
        go(made, 1)
        disconnect(made.connection_id, "Priya Nair", None, now())
        again = made.reconnect()
        drained(again)
        go(again, 1)
        return again


def test_after_a_reconnect(app: Any, client: Any, northgate: Connected) -> None:
    with app.app_context():
        run = db.session.scalars(select(PushRun).order_by(PushRun.id.desc())).first()
        assert run is not None
        row = row_of(run)
        assert (row.of("create").count, row.of("found").count) == (1, 1)
        assert (row.credits("create").count, row.credits("found").count) == (1, 1)
        number, key = run.id, create_api_key(northgate.workspace_id, "Meridian")
    visitor = Visitor(client)
    page = text_of(visitor.get(f"/connections/{northgate.connection_id}/runs"))
    assert "1 £540.00 and 1 credit note" in page
    shown = text_of(visitor.get(f"/runs/{number}"))
    assert "Invoices created 1 £540.00" in shown
    assert "Invoices found there 1 £540.00" in shown
    assert "Credit notes found there 1 £120.00" in shown
    headers = {"Authorization": f"Bearer {key}"}
    said = client.get(f"/api/v1/runs/{number}", headers=headers).json
    assert said["invoices"]["found"] == {"count": 1, "totals": {"GBP": "540.00"}}
    assert said["credit_notes_created"] == 1


def test_a_changed_credit_note_is_counted(app: Any, client: Any, northgate: Connected) -> None:
    with app.app_context():
        revise(northgate, "150.00")
    page = text_of(Visitor(client).get(f"/connections/{northgate.connection_id}/runs"))
    assert "1 £540.00 and 1 credit note 1 £540.00 and 1 credit note 1 credit note 0 0 No" in page
