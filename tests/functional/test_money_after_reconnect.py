"""What was paid and taken back while a company was given up shows when it is taken up again."""

from datetime import datetime

import pytest
from sqlalchemy import select

from app.extensions import db
from app.ledgers.quickbooks import portions
from app.models import Invoice
from app.queries.api_invoices import show_invoice
from app.usecases import manage_connection
from app.usecases.book.pull import pull
from app.usecases.book.reading import Turn
from simulator.client import NORTHGATE
from tests.back import drained, in_turn
from tests.connected import connect, now, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """Two booked invoices over 540.00, the first paid in part."""
    made = connect(simulator)
    made.map_all()
    for number in numbers(2):
        made.bill(number)
    drained(made)
    pay(made, "INV-0001", "100.00")
    simulator.advance_clock(hours=1)
    brought_back(made)
    return made


def brought_back(northgate, turn=None):
    """Pull, by the simulator's clock."""
    then = datetime.fromisoformat(northgate.simulator.call("GET", "/clock")["now"])
    return in_turn(lambda: pull(northgate.connection_id, then, turn))


def pay(northgate, number, amount):
    booked = northgate.booked(number)
    customer = booked["CustomerRef"]["value"]
    return northgate.simulator.record_payment(NORTHGATE, customer, [(booked["Id"], amount)])


def given_up(northgate):
    """Give the company up; the payment on the first invoice is deleted, and weeks pass."""
    manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())
    [link] = [x for x in northgate.booked("INV-0001")["LinkedTxn"] if x["TxnType"] == "Payment"]
    northgate.simulator.delete(NORTHGATE, "payments", link["TxnId"])
    northgate.simulator.advance_clock(days=40)


def shown(number):
    invoice = db.session.scalars(
        select(Invoice).where(Invoice.number == number).execution_options(populate_existing=True)
    ).one()
    seen = show_invoice(invoice)
    db.session.commit()
    return seen["status"], seen["balance"], [one["amount"] for one in seen["payments"]]


def test_a_payment_deleted_meanwhile_is_listed_no_more(northgate):
    given_up(northgate)
    again = northgate.reconnect()
    brought_back(again)  # before the invoices are found again
    drained(again)
    assert shown("INV-0001") == ("open", "540.00", [])


def test_a_catch_up_that_was_interrupted_so_goes_on(northgate, simulator, monkeypatch):
    monkeypatch.setattr(portions, "ROWS", 3)
    simulator.advance_clock(days=40)
    pay(northgate, "INV-0002", "540.00")
    assert not brought_back(northgate, Turn(pages=1)).done
    given_up(northgate)
    again = northgate.reconnect()
    drained(again)
    brought_back(again)
    assert shown("INV-0001") == ("open", "540.00", [])
    assert shown("INV-0002") == ("paid", "0.00", ["540.00"])
