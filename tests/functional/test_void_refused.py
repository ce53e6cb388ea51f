"""A void that the ledger refuses stops and asks; it is not sent again by itself."""

import pytest

from simulator.client import NORTHGATE
from tests.connected import connect

pytestmark = pytest.mark.usefixtures("app_context")


def test_a_void_of_a_paid_invoice_is_sent_once_and_waits_for_a_person(app_context, simulator):
    northgate = connect(simulator)
    northgate.map_all()
    northgate.bill("INV-0001")
    northgate.drain()
    booked = northgate.booked("INV-0001")
    customer = booked["CustomerRef"]["value"]
    simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "540.00")])
    northgate.void("INV-0001")
    simulator.reset_counters()

    northgate.drain()

    assert northgate.states() == {"INV-0001": "failed"}
    assert simulator.counters(NORTHGATE)["by_operation"]["Invoice.void"] <= 2
