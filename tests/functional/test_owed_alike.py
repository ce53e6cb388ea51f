"""What is open of an invoice is one figure on every page, in REST and in the spreadsheets."""

import csv
import io
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import Workspace
from app.usecases.accounts import create_api_key
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE
from tests.back import brought_back, drained, in_turn
from tests.builders import a_person
from tests.connected import connect, now
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app, simulator):
    """Five booked at 540.00: raised there to 1,620.00, voided, deleted, part paid, as it was."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        for number in ("RAISED", "VOIDED", "DELETED", "PART", "PLAIN"):
            made.bill(number)
        drained(made)
        raised, part = made.booked("RAISED"), made.booked("PART")
        line = next(one for one in raised["Line"] if "Id" in one)
        detail = line["SalesItemLineDetail"] | {"Qty": 3}
        made.simulator.edit(
            NORTHGATE,
            "invoices",
            raised["Id"],
            Line=[line | {"Amount": Decimal("1350.00"), "SalesItemLineDetail": detail}],
        )
        simulator.void(NORTHGATE, "invoices", made.booked("VOIDED")["Id"])
        simulator.delete(NORTHGATE, "invoices", made.booked("DELETED")["Id"])
        simulator.record_payment(NORTHGATE, part["CustomerRef"]["value"], [(part["Id"], "140.00")])
        brought_back(made)
        in_turn(lambda: reconcile(made.connection_id, "person", now()))
    return made


def test_every_page_says_the_same_is_owed_and_why_the_ledger_does_not(app, client, northgate):
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")
        db.session.commit()
    priya = Visitor(client)
    customers = priya.get("/customers")
    apart = (
        "QuickBooks is owed the same on billing’s invoices: 2 voided or deleted there (£1,080.00"
        " less) and 1 with another amount there (£1,080.00 more). See the differences"
    )
    assert "1 customer owes £2,560.00" in text_of(customers)
    assert apart in text_of(customers)
    hub = text_of(
        priya.get(
            customers.text.partition('fw-medium long"><span><a class="d-block" href="')[
                2
            ].partition('"')[0]
        )
    )
    assert "Outstanding £2,560.00" in hub
    assert apart in hub
    assert "Still owed £2,560.00 £2,560.00 £0.00" in text_of(priya.get("/reconciliation"))
    sheet = csv.DictReader(
        io.StringIO(priya.get("/invoices/invoices.csv").get_data(as_text=True).lstrip("\ufeff"))
    )
    of_sheet = {row["invoice"]: row["open"] for row in sheet}
    answer = client.get("/api/v1/invoices", headers={"Authorization": f"Bearer {key}"}).json
    of_rest = {one["number"]: one["balance"] for one in answer["data"]}
    open_ = {
        "RAISED": "540.00",
        "VOIDED": "540.00",
        "DELETED": "540.00",
        "PART": "400.00",
        "PLAIN": "540.00",
    }
    assert of_sheet == of_rest == open_
    for one in answer["data"]:
        page = text_of(priya.get(f"/invoices/{one['id'].removeprefix('lb-')}"))
        assert (
            f"£{open_[one['number']]}"
            in page.partition("In each system")[2].partition("Open")[2][:20]
        )
