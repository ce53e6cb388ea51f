"""The pages and the REST of an invoice that somebody typed into QuickBooks already."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Connection, DocumentLink, Invoice, Workspace
from app.usecases.accounts import create_api_key
from tests.builders import a_person
from tests.judged import in_the_ledger, judge
from tests.northgate import NOW, make_northgate
from tests.people import send, sign_in
from tests.visitor import text_of


@pytest.fixture
def northgate(app):
    """INV-2041 waits for a decision: 1042 of the ledger may be the same."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        in_the_ledger(made, "301", "1042")
        made.bill("INV-2041", issue_date=NOW.date().isoformat())
        judge(made)
    return made


@pytest.fixture
def key(app, northgate):
    with app.app_context():
        secret = create_api_key(northgate.workspace_id, "Meridian")
    return {"Authorization": f"Bearer {secret}"}


def test_the_page_shows_what_was_found_and_three_ways_out(app, northgate, client):
    with app.app_context():
        address = f"/invoices/{db.session.scalars(select(Invoice.id)).one()}"
    sign_in(client)

    page = text_of(client.get(address))

    assert "INV-2041 £540.00 Perhaps there already" in page
    assert "1042 Oak & Ash Ltd 19 Nov 2026 £540.00" in page
    assert "Same customer and total; another number and dated 1 day apart." in page
    assert "It is the same: link them It is another: push it Do not push" in page
    said = text_of(send(client, f"{address}/link-there", address, ledger_id="301"))
    assert "INV-2041 is linked. Nothing was written in the ledger." in said
    assert "Priya Nair linked it to the invoice that was there already" in said
    assert "Linked to invoice 1042 that was in QuickBooks already." in said
    assert "it was in QuickBooks already, and was linked" in said
    again = text_of(send(client, f"{address}/link-there", address, ledger_id="301"))
    assert "It is in the ledger and linked already. Nothing was changed." in again


def test_it_is_listed_on_the_overview_and_in_the_preflight_check(app, northgate, client):
    with app.app_context():
        northgate.bill("INV-2042", issue_date=NOW.date().isoformat(), push="review")
    sign_in(client)

    assert "1 invoice waits: perhaps in QuickBooks already" in text_of(client.get("/"))
    page = text_of(client.get(f"/connections/{northgate.connection_id}"))
    assert "2 waiting invoices are perhaps in QuickBooks already. None of them goes" in page
    dry = text_of(client.get(f"/connections/{northgate.connection_id}/dry-run"))
    assert dry.count("QuickBooks has an invoice that may be this one: 1042") == 2


def test_it_is_decided_by_rest(app, northgate, client, key):
    shown = client.get("/api/v1/invoices/inv_INV-2041", headers=key).json
    [found] = shown["sync"]["problem"]["candidates"]
    assert found["number"] == "1042"
    assert found["url"].endswith("invoice-301")

    refused = client.post(
        "/api/v1/invoices/inv_INV-2041/link", headers=key, json={"ledger_id": "302"}
    )
    assert refused.status_code == 409
    assert "none of the invoices that were found for it" in refused.get_data(as_text=True)
    problem = shown["sync"]["problem"]
    assert problem["link"].endswith(f"/invoices/{shown['id'].removeprefix('lb-')}")
    assert problem["link_words"] == "Decide about it"
    linked = client.post(
        "/api/v1/invoices/inv_INV-2041/link", headers=key, json={"ledger_id": "301"}
    )
    assert linked.json["sync"]["state"] == "pushed"
    assert linked.json["sync"]["ledger_id"] == "301"


def test_another_goes_by_rest_and_is_not_asked_about_again(app, northgate, client, key):
    done = client.post("/api/v1/invoices/inv_INV-2041/push-another", headers=key)
    assert done.json["sync"]["state"] == "waiting"
    with app.app_context():
        judge(northgate)
        invoice = db.session.scalars(select(Invoice)).one()
        assert (invoice.sync_state, invoice.others_there) == ("pushing", ["301"])
    again = client.post("/api/v1/invoices/inv_INV-2041/push-another", headers=key)
    assert again.status_code == 409


def test_what_finance_chooses_is_saved(app, northgate, client):
    sign_in(client)
    page = f"/connections/{northgate.connection_id}"
    choice = {"push_mode": "auto", "closed_period_policy": "hold", "account": ""}
    send(client, f"{page}/settings", page, duplicates="link", **choice)
    with app.app_context():
        assert db.session.get_one(Connection, northgate.connection_id).duplicates == "link"


def test_another_workspace_neither_finds_nor_links_it(app, northgate, client):
    with app.app_context():
        south = make_northgate("southgate", "9130358")
        a_person(db.session.get_one(Workspace, south.workspace_id), email="sam@southgate.example")
        south.bill("INV-2041", issue_date=NOW.date().isoformat())
        judge(south)
        assert south.states() == {"INV-2041": "pushing"}  # the other company's book is not theirs
        theirs = db.session.scalars(
            select(Invoice.id).where(Invoice.workspace_id == northgate.workspace_id)
        ).one()
    sign_in(client, "sam@southgate.example")
    assert send(client, f"/invoices/{theirs}/link-there", ledger_id="301").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(DocumentLink)).all() == []
