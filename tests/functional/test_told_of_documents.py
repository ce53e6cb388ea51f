"""Billing is told the same fields of a document, whatever happened to it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import OutboundEvent
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.connected import Connected, connect
from tests.crediting import CREDIT, INVOICE, credit
from tests.refusals import met

pytestmark = pytest.mark.usefixtures("app_context")

# What an invoice was settled by.
MONEY = {"payments", "settled_otherwise"}
FIELDS = {
    "id", "external_id", "number", "revision", "currency", "status", "total", "balance",
    "sync_state", "problem", "connection", "ledger", "ledger_id", "ledger_url", "deleted",
}  # fmt: skip


@pytest.fixture
def northgate(app_context: Any, simulator: Any) -> Connected:
    made = connect(simulator)
    made.map_all()
    return made


def told() -> dict[str, dict[str, Any]]:
    """Return the last event of each type."""
    rows = db.session.scalars(select(OutboundEvent).order_by(OutboundEvent.id)).all()
    return {row.type: row.data for row in rows}


def test_of_an_invoice_from_its_refusal_to_its_void(northgate, simulator):
    met(northgate, "6100")
    northgate.bill("INV-0002")
    northgate.drain()
    booked = northgate.booked("INV-0002")
    customer = booked["CustomerRef"]["value"]
    part = simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "120.00")])
    brought_back(northgate)
    simulator.delete(NORTHGATE, "payments", part["Id"])
    brought_back(northgate)
    simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "540.00")])
    brought_back(northgate)
    simulator.void(NORTHGATE, "invoices", booked["Id"])
    brought_back(northgate)
    events = told()
    assert set(events) == {
        "invoice.push_failed",
        "invoice.pushed",
        "invoice.part_paid",
        "invoice.payment_reversed",
        "invoice.paid",
        "invoice.voided_in_ledger",
    }
    assert {frozenset(data) for data in events.values()} == {frozenset(FIELDS | MONEY)}
    assert events["invoice.push_failed"]["ledger_id"] is None
    assert events["invoice.push_failed"]["problem"]["code"] == "6100"
    [payment] = events["invoice.part_paid"]["payments"]
    assert (payment["ledger_id"], payment["amount"]) == (part["Id"], "120.00")
    assert events["invoice.payment_reversed"]["payments"] == []
    assert events["invoice.paid"]["ledger_url"].endswith(f"-{booked['Id']}")


def test_of_a_credit_note_in_the_words_of_the_api(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "20.00"})
    northgate.drain()
    brought_back(northgate)
    events = {type_: data for type_, data in told().items() if type_.startswith("credit_note.")}
    assert set(events) == {"credit_note.pushed", "credit_note.applied"}
    assert {frozenset(data) for data in events.values()} == {frozenset(FIELDS | {"applied_to"})}
    applied = events["credit_note.applied"]
    assert (applied["number"], applied["status"], applied["balance"]) == (
        CREDIT,
        "part_applied",
        "100.00",
    )
