"""What we put on an invoice of a credit note, and take off, is called so on the customer's page."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, Workspace
from tests.back import brought_back
from tests.builders import a_person
from tests.connected import connect
from tests.crediting import CREDIT, INVOICE, credit, go, revise
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill(INVOICE)
    credit(made, on={INVOICE: "120.00"})
    go(made)
    brought_back(made)
    return made


def test_a_credit_of_ours_put_on_and_taken_off_says_of_what(northgate, client):
    a_person(db.session.get_one(Workspace, northgate.workspace_id))
    number = db.session.scalars(select(Customer.id)).one()
    visitor = Visitor(client)
    put_on = f"Credit of £120.00 put on {INVOICE} Credit note {CREDIT}, in QuickBooks"
    assert put_on in text_of(visitor.get(f"/customers/{number}"))
    revise(northgate, on={})
    brought_back(northgate)
    shown = text_of(visitor.get(f"/customers/{number}"))
    assert f"Credit of £120.00 taken off {INVOICE}" in shown
    assert "Payment taken back" not in shown
