"""From a credit note of billing to one credit memo there, put once on what billing says."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import OutboundEvent
from tests.back import brought_back
from tests.connected import connect
from tests.crediting import (
    CREDIT,
    INVOICE,
    balance,
    credit,
    heard,
    memos,
    owed,
    payments,
    states,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def test_a_credit_note_is_booked_applied_and_billing_hears_of_both(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(0))}
    assert owed(northgate) == Decimal(420)
    [payment] = payments(northgate)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)

    brought_back(northgate)
    assert balance() == Decimal(420)
    assert sorted(heard()) == ["credit_note.applied", "invoice.part_paid"]
    event = db.session.scalars(
        select(OutboundEvent).where(OutboundEvent.type == "credit_note.applied")
    ).one()
    assert event.data["external_id"] == f"cn_{CREDIT}"
    assert event.data["applied_to"] == [
        {"invoice": f"inv_{INVOICE}", "amount": "120.00", "state": "pushed"}
    ]
