"""What the ledger holds all the same: an invoice brought back to life there, a void it refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice, OutboundEvent
from app.queries.owed_apart import owed_apart
from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.connected import Connected, connect


@pytest.fixture
def northgate(app_context, simulator) -> Connected:
    made = connect(simulator)
    made.map_all()
    made.bill("INV-1")
    made.bill("INV-2")
    drained(made)
    return made


def heard(number: str) -> tuple[str, str, str]:
    told = db.session.scalars(select(OutboundEvent).order_by(OutboundEvent.id.desc())).all()
    data = next(one.data for one in told if one.data["number"] == number)
    return data["status"], data["balance"], data["sync_state"]


def stands(number: str) -> tuple[str, str, str]:
    db.session.expire_all()
    invoice = db.session.scalars(select(Invoice).where(Invoice.number == number)).one()
    return invoice.status, f"{invoice.balance:.2f}", invoice.sync_state


@pytest.mark.parametrize(("net", "state"), [("450.00", "pushed"), ("300.00", "differs")])
def test_billing_hears_that_a_voided_invoice_lives_again(northgate, simulator, net, state):
    booked = northgate.booked("INV-1")
    line = next(one for one in booked["Line"] if "Id" in one)
    detail = line["SalesItemLineDetail"] | {"Qty": 1, "UnitPrice": net}
    simulator.void(NORTHGATE, "invoices", booked["Id"])
    brought_back(northgate)
    assert heard("INV-1") == stands("INV-1") == ("open", "540.00", "voided")

    simulator.edit(
        NORTHGATE,
        "invoices",
        booked["Id"],
        PrivateNote=booked["PrivateNote"],
        Line=[line | {"Amount": Decimal(net), "SalesItemLineDetail": detail}],
    )
    brought_back(northgate)
    assert heard("INV-1") == stands("INV-1") == ("open", "540.00", state)


def test_a_void_that_the_ledger_refused_is_among_the_reasons(northgate, simulator):
    booked = northgate.booked("INV-1")
    customer = booked["CustomerRef"]["value"]
    simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "140.00")])
    brought_back(northgate)
    northgate.void("INV-1")
    drained(northgate)

    [apart] = owed_apart()
    assert (apart.reason, apart.count, apart.sums) == ("changing", 1, {"GBP": Decimal("400.00")})
