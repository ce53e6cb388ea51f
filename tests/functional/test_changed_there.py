"""The page of an invoice that somebody edited, voided, deleted or paid in QuickBooks."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice, Workspace
from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.builders import a_person
from tests.connected import connect
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app, simulator):
    """One booked invoice of 540.00, and Priya."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        made.bill("INV-2077", net="450.00")
        drained(made)
    return made


@pytest.fixture
def page(app, client, northgate):
    """Bring back what changed in QuickBooks and show the invoice."""
    visitor = Visitor(client)

    def show():
        with app.app_context():
            brought_back(northgate)
            invoice_id = db.session.scalars(select(Invoice.id)).one()
        return text_of(visitor.get(f"/invoices/{invoice_id}"))

    return show


def edit(northgate, net):
    booked = northgate.booked("INV-2077")
    [line] = [each for each in booked["Line"] if each["DetailType"] == "SalesItemLineDetail"]
    detail = line["SalesItemLineDetail"] | {"Qty": 1, "UnitPrice": Decimal(net)}
    changed = line | {"Amount": Decimal(net), "SalesItemLineDetail": detail}
    northgate.simulator.edit(NORTHGATE, "invoices", booked["Id"], Line=[changed])


def pay(northgate, amount):
    booked = northgate.booked("INV-2077")
    customer = booked["CustomerRef"]["value"]
    northgate.simulator.record_payment(NORTHGATE, customer, [(booked["Id"], amount)])


def test_an_amount_edited_there_is_no_payment_and_changes_no_figure_of_billing(northgate, page):
    edit(northgate, "500.00")
    shown = page()
    assert "Total £540.00 £600.00" in shown
    assert "Paid £0.00 £0.00" in shown
    assert "Open £540.00 £600.00" in shown
    assert "QuickBooks has it at £600.00, billing at £540.00" in shown


def test_a_payment_on_an_edited_invoice_counts_in_full(northgate, page):
    edit(northgate, "500.00")
    pay(northgate, "100.00")
    shown = page()
    assert "Paid £100.00 £100.00" in shown
    assert "Open £440.00 £500.00" in shown


def test_payments_stand_in_the_timeline(northgate, page):
    pay(northgate, "140.00")
    assert "Part paid in QuickBooks, £400.00 still owed there" in page()
    pay(northgate, "400.00")
    shown = page()
    timeline = shown[shown.index("What happened") :]
    assert timeline.index("Paid in QuickBooks") < timeline.index("Part paid in QuickBooks")


@pytest.mark.parametrize(("deed", "word"), [("void", "voided"), ("delete", "deleted")])
def test_what_is_gone_there_is_explained_and_nothing_is_announced(northgate, page, deed, word):
    getattr(northgate.simulator, deed)(NORTHGATE, "invoices", northgate.booked("INV-2077")["Id"])
    shown = page()
    assert f"INV-2077 was {word} in QuickBooks on " in shown
    assert "What it means: Billing still shows £540.00" in shown
    assert shown.count(f"{word.title()} in QuickBooks") >= 1
    assert "What we will send" not in shown
    assert "What we sent last" in shown
    assert json.dumps("INV-2077") in shown.replace("&#34;", '"')
