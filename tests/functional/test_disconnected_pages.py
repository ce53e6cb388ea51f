"""While a company is disconnected no page says that nothing was paid, or that nothing is there."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, Invoice, Workspace
from app.queries.api_invoices import show_invoice
from app.usecases.manage_connection import disconnect
from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.builders import a_check, a_connection, a_difference, a_person
from tests.connected import connect, now
from tests.visitor import Visitor, text_of

COMPANY = "Northgate IT Services Ltd"


@pytest.fixture
def northgate(app_context, simulator):
    """One invoice paid in part, one that waits; then somebody disconnects the company."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    drained(made)
    booked = made.booked("INV-0001")
    customer = booked["CustomerRef"]["value"]
    simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "396.00")])
    brought_back(made)
    made.bill("INV-0002")
    disconnect(made.connection_id, "Priya Nair", None, now())
    a_person(db.session.get_one(Workspace, made.workspace_id))
    return made


@pytest.fixture
def visitor(northgate, client):
    return Visitor(client)


def invoice():
    return db.session.scalars(select(Invoice).where(Invoice.number == "INV-0001")).one()


def test_every_page_says_that_the_company_is_disconnected(visitor):
    overview = text_of(visitor.get("/"))
    assert f"QuickBooks ({COMPANY}) is disconnected" in overview
    assert "1 invoice that it may hold is linked again once it is back." in overview
    assert "1 invoice waits here and goes then." in overview
    assert "Reconnect QuickBooks" in overview
    assert "to the first invoice" not in overview
    customer = text_of(visitor.get(f"/customers/{db.session.scalars(select(Customer.id)).one()}"))
    assert f"QuickBooks ( {COMPANY} ) is disconnected" in customer
    assert "Paid, last 90 days Not known Not shown while QuickBooks is disconnected" in customer
    assert "Not in a ledger yet" not in customer
    page = text_of(visitor.get(f"/invoices/{invoice().id}"))
    assert "Not shown while QuickBooks is disconnected £396.00 was paid" in page
    assert "No payments yet" not in page
    assert "Not there" not in page


def test_the_api_shows_the_payments_as_they_were_last_read(northgate):
    shown = show_invoice(invoice())
    assert (shown["status"], shown["sync"]["state"]) == ("part_paid", "unlinked")
    assert [one["amount"] for one in shown["payments"]] == ["396.00"]
    assert shown["settled_otherwise"] == "0.00"


def test_the_api_does_not_say_that_no_payment_is_all_of_them(northgate):
    invoice().linked_before = None  # as one whose push was never answered
    shown = show_invoice(invoice())
    assert (shown["status"], shown["payments"]) == ("part_paid", [])
    assert shown["settled_otherwise"] is None


def test_differences_of_a_disconnected_company_lead_nowhere(visitor, northgate):
    connection = invoice().connection
    a_difference(a_check(connection, "differs"))
    other = a_connection(connection.workspace, company_id="1", company_name="Other Ltd")
    db.session.commit()
    overview = visitor.get("/")
    assert "Resolve 1" not in text_of(overview)
    assert f"connection={connection.id}" not in overview.text
    assert visitor.get(f"/reconciliation?connection={other.id}").status_code == 200
