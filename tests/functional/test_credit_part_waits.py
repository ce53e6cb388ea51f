"""A part of a credit note that is not on its invoice yet holds nothing up and goes nowhere else."""

from decimal import Decimal

import pytest

from tests import billing
from tests.connected import connect
from tests.crediting import (
    CREDIT,
    INVOICE,
    credit,
    go,
    memos,
    owed,
    revise,
    states,
    told,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def test_a_part_in_flight_that_is_refused_does_not_hold_a_change_up_for_ever(northgate, simulator):
    simulator.inject("reset", entity="Payment", operation="create", when="before", nth=1)
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    simulator.inject("fault", entity="Payment", operation="create", code="620", times=1)
    revise(northgate, "50.00", on={})
    go(northgate, 3)
    assert memos(northgate) == {CREDIT: (Decimal(60), Decimal(60))}


def test_a_part_that_waits_for_its_invoice_follows_its_credit_note_to_another_customer(northgate):
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    other = {"id": "cus_X", "name": "Elm Ltd"}
    revise(northgate, on={INVOICE: "120.00"}, customer=other)
    told(
        northgate,
        "invoice.finalised",
        billing.invoice(id=f"inv_{INVOICE}", number=INVOICE, customer=other),
    )
    go(northgate, 3)
    assert states() == ("pushed", ["pushed"])
    assert owed(northgate) == Decimal(420)
