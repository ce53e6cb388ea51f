"""One customer that cannot be written stops nobody else's invoices."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import Connection
from tests.connected import connect, now, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def test_a_customer_the_ledger_has_no_name_for_blocks_its_own_invoice_only(northgate):
    northgate.bill("INV-0001", customer="\U0001f642\U0001f642")
    northgate.bill("INV-0002")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked", "INV-0002": "pushed"}
    assert northgate.books() == {"INV-0002": Decimal("540.00")}


def test_a_retry_after_beyond_all_calendars_is_a_pause_that_ends(northgate, simulator):
    simulator.inject("throttled", entity="Invoice", operation="create", retry_after=10**12)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "waiting"}
    connection = db.session.get_one(Connection, northgate.connection_id)
    assert connection.quiet_until <= now() + timedelta(days=1)


def test_a_name_the_ledger_does_not_bear_keeps_its_own_invoices_only(northgate, simulator):
    simulator.inject(
        "fault", contains="Unbearable", operation="query", status=400, code="4000", times=None
    )
    names = ["Alder Ltd", "Birch Ltd", "Unbearable Ltd", "Cedar Ltd", "Dogwood Ltd"]
    for number, name in zip(numbers(5), names, strict=True):
        northgate.bill(number, customer=name)
    northgate.drain()
    assert list(northgate.books()) == [n for n in numbers(5) if n != "INV-0003"]
    assert northgate.states()["INV-0003"] == "blocked"
    assert "Unbearable Ltd was refused" in northgate.problem("INV-0003")["title"]
