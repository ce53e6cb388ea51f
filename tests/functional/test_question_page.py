"""The page of an invoice that a person must decide about, and the same by REST."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Connection, Invoice, Workspace
from app.usecases.accounts import create_api_key
from simulator.client import NORTHGATE
from tests.back import drained
from tests.builders import a_person
from tests.connected import connect
from tests.people import send, sign_in
from tests.visitor import text_of


@pytest.fixture
def northgate(app, simulator):
    """A due date edited in QuickBooks, a price changed in billing."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        made.bill("INV-0001")
        drained(made)
        booked = made.booked("INV-0001")["Id"]
        simulator.edit(NORTHGATE, "invoices", booked, DueDate="2027-01-31")
        made.revise("INV-0001", "460.00")
        drained(made)
    return made


@pytest.fixture
def address(app, northgate):
    with app.app_context():
        return f"/invoices/{db.session.scalars(select(Invoice.id)).one()}"


def test_it_shows_both_sides_and_both_ways_out(northgate, client, address):
    sign_in(client)
    page = text_of(client.get(address))
    assert "INV-0001 £552.00 Waiting for a decision" in page
    only_there = "Changed in QuickBooks only “Use billing’s” puts it back; “Keep” leaves it."
    assert f"{only_there} Due date 20 Dec 2026 31 Jan 2027 20 Dec 2026" in page
    only_here = "Changed in billing only “Use billing’s” writes it; “Keep” leaves it out of"
    assert f"{only_here} QuickBooks. Line 1, description" in page
    assert "Line 1, amount £450.00 £450.00 £460.00" in page
    assert "Total £540.00 £540.00 £552.00" in page
    assert "The choice is for the whole invoice." in page
    assert "Use billing’s Keep QuickBooks’ Look again" in page
    assert "£540.00 stays in QuickBooks, and billing’s £552.00 is given up." in page
    assert "Paid £0.00 £0.00" in page
    said = text_of(send(client, f"{address}/keep-ledger", address))
    assert "INV-0001 stays as the ledger has it." in said
    assert "Priya Nair kept the ledger’s version" in said
    assert "QuickBooks has £540.00, billing says £552.00." in said
    assert "Priya Nair kept what QuickBooks has and gave billing's change up." in said
    assert "Compare the tax" not in said


def test_it_is_decided_by_rest(app, northgate, client):
    with app.app_context():
        secret = create_api_key(northgate.workspace_id, "Meridian")
    key = {"Authorization": f"Bearer {secret}"}
    shown = client.get("/api/v1/invoices/inv_INV-0001", headers=key).json
    assert shown["sync"]["problem"]["differences"] == [
        {
            "field": "due_date",
            "name": "Due date",
            "changed_by": "ledger",
            "before": "20 Dec 2026",
            "theirs": "31 Jan 2027",
            "ours": "20 Dec 2026",
        }
    ]
    others = shown["sync"]["problem"]["other_changes"]
    assert ("total", "billing", "£552.00") in [
        (x["field"], x["changed_by"], x["ours"]) for x in others
    ]
    assert shown["sync"]["problem"]["link"].endswith(shown["id"].replace("lb-", "/invoices/"))
    done = client.post("/api/v1/invoices/inv_INV-0001/use-billing", headers=key)
    assert done.json["sync"]["state"] == "waiting"
    with app.app_context():
        drained(northgate)
        assert northgate.booked("INV-0001")["DueDate"] == "2026-12-20"


def test_of_what_was_voided_there_nothing_is_shown_that_would_be_sent(app, client, simulator):
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        made.bill("INV-0001")
        drained(made)
        simulator.void(NORTHGATE, "invoices", made.booked("INV-0001")["Id"])
        made.revise("INV-0001", "460.00")
        drained(made)
        number = db.session.scalars(select(Invoice.id)).one()
        assert db.session.scalars(select(Connection.pull_wanted_at)).one()
    sign_in(client)
    page = text_of(client.get(f"/invoices/{number}"))
    assert "This invoice was voided in QuickBooks." in page
    assert "Keep QuickBooks’ Look again" in page
    assert "Use billing’s" not in page
    assert "What we sent last" in page
    assert "What we will send" not in page
