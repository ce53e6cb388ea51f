"""One customer that cannot be written stops nobody else's invoices."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import Connection
from tests.connected import connect, now

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
