"""The last event of a document says what REST says of it, whichever way its balance changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import OutboundEvent
from app.usecases.accounts import create_api_key
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.connected import Connected, connect
from tests.crediting import CREDIT, INVOICE, credit, go, revise

OTHER = "INV-0002"


@pytest.fixture
def northgate(app: Any, simulator: Any) -> Any:
    """CN-0007 of £180.00 has £90.00 on INV-0001; INV-0002 is beside it."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        made.bill(INVOICE)
        made.bill(OTHER)
        credit(made, CREDIT, "150.00", on={INVOICE: "90.00"})
        go(made)
        brought_back(made)
        yield made


def shown(client: Any, northgate: Connected, kind: str, name: str) -> tuple[Any, ...]:
    """Return what REST says: status, total, balance, where it stands, and what it is on."""
    key = create_api_key(northgate.workspace_id, "Meridian")
    headers = {"Authorization": f"Bearer {key}"}
    said = client.get(f"/api/v1/{kind}/{name}", headers=headers).json
    on = [
        (one["invoice"], one["amount"], one["sync"]["state"]) for one in said.get("applied_to", [])
    ]
    return said["status"], said["total"], said["balance"], said["sync"]["state"], on


def told(kind: str, external_id: str) -> list[tuple[Any, ...]]:
    """Return the same of each event of a document, in order."""
    rows = db.session.scalars(
        select(OutboundEvent)
        .where(OutboundEvent.type.startswith(kind, autoescape=True))
        .order_by(OutboundEvent.id)
    )
    return [
        (
            one.data["status"],
            one.data["total"],
            one.data["balance"],
            one.data["sync_state"],
            [(x["invoice"], x["amount"], x["state"]) for x in one.data.get("applied_to", [])],
        )
        for one in rows
        if one.data["external_id"] == external_id
    ]


def smaller(northgate: Connected) -> None:
    revise(northgate, "150.00", on={INVOICE: "60.00"})


def larger(northgate: Connected) -> None:
    revise(northgate, "150.00", on={INVOICE: "120.00"})


def off(northgate: Connected) -> None:
    revise(northgate, "150.00", on={})


def moved(northgate: Connected) -> None:
    revise(northgate, "150.00", on={OTHER: "90.00"})


def spread(northgate: Connected) -> None:
    revise(northgate, "150.00", on={INVOICE: "45.00", OTHER: "45.00"})


def less_and_smaller(northgate: Connected) -> None:
    revise(northgate, "100.00", on={INVOICE: "60.00"})


def taken_off_there(northgate: Connected) -> None:
    [payment] = northgate.simulator.books(NORTHGATE)["payments"]
    northgate.simulator.delete(NORTHGATE, "payments", payment["Id"])


@pytest.mark.parametrize(
    "change",
    [smaller, off, moved, spread, less_and_smaller, taken_off_there],
)
def test_of_a_credit_note(
    northgate: Connected, client: Any, change: Callable[[Connected], None]
) -> None:
    change(northgate)
    brought_back(northgate)
    events = told("credit_note.", f"cn_{CREDIT}")
    assert events[-1] == shown(client, northgate, "credit-notes", f"cn_{CREDIT}")
    for status, total, balance, _, _ in events:
        used = Decimal(total) - Decimal(balance)
        assert status == ("applied" if not Decimal(balance) else "part_applied" if used else "open")
    for name in (INVOICE, OTHER):
        said = told("invoice.", f"inv_{name}")[-1]
        assert said == shown(client, northgate, "invoices", f"inv_{name}")
    count = len(events)
    brought_back(northgate)
    assert len(told("credit_note.", f"cn_{CREDIT}")) == count
