"""Billing gives two invoices one number: people are told which two, not that a stranger has it."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice
from app.usecases.receive_billing_event import receive
from tests import billing
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
    return made


def tell(northgate, event_id, type_="invoice.finalised", **fields):
    customer = {"id": "cus_Oak & Ash Ltd", "name": "Oak & Ash Ltd"}
    body = billing.event(type_, billing.invoice(customer=customer, **fields))
    receive(northgate.workspace_id, body, event_id, b"{}", "127.0.0.1", now())
    northgate.settle_down()


def settle(northgate):
    """Drain until no push is on its way: the states by number tell nothing of two of one."""
    while {"waiting", "pushing", "retrying", "unconfirmed"} & {x.state for x in northgate.pushes()}:
        northgate.make_due()
        northgate.drain()


def problem_of(external_id):
    found = db.session.scalars(select(Invoice).where(Invoice.external_id == external_id)).one()
    return found.problem


def test_a_second_invoice_of_the_number_names_the_first(northgate):
    tell(northgate, "evt_2", id="inv_2", number="INV-0001", issue_date="2026-11-24")
    settle(northgate)
    problem = problem_of("inv_2")
    assert problem["title"] == (
        "Billing gave the number INV-0001 to two invoices. The other, £540.00 for Oak & Ash Ltd,"
        " dated 20 November 2026, has it in QuickBooks."
    )
    assert problem["means"].startswith("This invoice is not in the books; the other one is.")
    assert problem["where"] == "billing"
    assert len(northgate.books()) == 1


def test_a_change_to_a_number_in_use_names_who_has_it(northgate):
    northgate.bill("INV-0002")
    drained(northgate)
    tell(northgate, "evt_3", "invoice.updated", id="inv_INV-0002", number="INV-0001", revision=2)
    settle(northgate)
    problem = problem_of("inv_INV-0002")
    assert problem["title"].startswith("Billing gave the number INV-0001 to two invoices.")
    assert problem["means"].startswith("This change of the invoice is not in the books")


def test_it_goes_once_billing_gives_it_a_number_of_its_own(northgate):
    tell(northgate, "evt_2", id="inv_2", number="INV-0001")
    settle(northgate)
    tell(northgate, "evt_3", "invoice.updated", id="inv_2", number="INV-0003", revision=2)
    settle(northgate)
    assert set(northgate.books()) == {"INV-0001", "INV-0003"}
