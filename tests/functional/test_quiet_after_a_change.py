"""Ten changes in a second are one write of the last; nothing else waits."""

from datetime import timedelta
from decimal import Decimal

import pytest

from simulator.client import NORTHGATE
from tests.back import drained
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """INV-0001 of 540.00 is booked."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    drained(made)
    simulator.reset_counters()
    return made


def test_ten_changes_in_a_second_are_one_write_of_the_last(northgate, simulator):
    for net in range(451, 461):
        northgate.edit_in_billing("INV-0001", f"{net}.00")
        northgate.drain()
    assert simulator.counters(NORTHGATE)["requests"] == 0
    northgate.settle_down()
    northgate.drain()
    assert northgate.books() == {"INV-0001": Decimal("552.00")}
    assert simulator.counters(NORTHGATE)["requests"] == 1


def test_a_change_waits_for_the_next_one_but_never_longer_than_ten_seconds(northgate):
    northgate.edit_in_billing("INV-0001", "451.00")
    push = northgate.push_of("INV-0001")
    assert timedelta(seconds=1) < push.due_at - push.quiet_since <= timedelta(seconds=2)
    push.quiet_since -= timedelta(seconds=9)
    began = push.quiet_since
    northgate.edit_in_billing("INV-0001", "452.00")
    push = northgate.push_of("INV-0001")
    assert push.due_at == began + timedelta(seconds=10)


def test_a_void_waits_for_nothing(northgate):
    northgate.edit_in_billing("INV-0001", "451.00")
    northgate.void("INV-0001")
    assert northgate.push_of("INV-0001").due_at <= now()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "voided"}


def test_a_new_invoice_waits_for_nothing_even_when_it_is_changed_at_once(northgate):
    northgate.bill("INV-0002")
    northgate.edit_in_billing("INV-0002", "451.00")
    northgate.drain()
    assert northgate.books()["INV-0002"] == Decimal("541.20")
