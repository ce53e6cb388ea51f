"""Credit notes as people and programs see them."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CreditApplication, CreditNote, Invoice, Workspace
from app.usecases.accounts import create_api_key
from simulator.client import NORTHGATE, SEVERNSIDE
from tests.back import brought_back
from tests.builders import a_person
from tests.connected import connect
from tests.crediting import CREDIT, INVOICE, credit, credit_note, told
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app, simulator):
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        return made


@pytest.fixture
def visitor(app, client, northgate):
    with app.app_context():
        a_person(db.session.get_one(Workspace, northgate.workspace_id))
        db.session.commit()
    return Visitor(client)


@pytest.fixture
def applied(app, northgate):
    """CN-0007 of 120.00 is on INV-0001, and read back; returns the ids of both."""
    with app.app_context():
        northgate.bill(INVOICE)
        credit_id = credit(northgate, on={INVOICE: "120.00"})
        northgate.drain()
        brought_back(northgate)
        return credit_id, db.session.scalars(select(Invoice.id)).one()


@pytest.fixture
def refused(app, northgate, simulator):
    """CN-0007 is booked, and INV-0001 was paid before it could be put there."""
    with app.app_context():
        northgate.bill(INVOICE)
        northgate.drain()
        booked = northgate.booked(INVOICE)
        customer = booked["CustomerRef"]["value"]
        simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "540.00")])
        credit_id = credit(northgate, on={INVOICE: "120.00"})
        northgate.drain()
        return credit_id


def test_the_page_of_a_credit_note_says_what_it_is_on_and_what_happened(visitor, applied):
    credit_id, invoice_id = applied
    page = visitor.get(f"/invoices/{credit_id}")
    text = text_of(page)
    assert f"Credit note {CREDIT}" in text
    assert "In the ledger, all applied" in text
    assert f'href="/invoices/{invoice_id}"' in page.text
    assert "Applied in QuickBooks" in text
    assert f"Applied to {INVOICE} in QuickBooks." in text
    assert "Booked in QuickBooks (credit note)." in text
    assert "Invoice date" not in text


def test_the_page_of_its_invoice_names_the_credit_note_among_the_payments(visitor, applied):
    credit_id, invoice_id = applied
    page = visitor.get(f"/invoices/{invoice_id}")
    assert f'<a href="/invoices/{credit_id}">Credit note {CREDIT}</a>' in page.text


def test_the_list_has_it_and_the_list_of_invoices_leads_there(visitor, applied):
    text = text_of(visitor.get("/credit-notes"))
    assert CREDIT in text
    assert "1 credit note, £120.00" in text
    invoices = visitor.get("/invoices")
    assert 'href="/credit-notes"' in invoices.text
    assert CREDIT not in text_of(invoices)
    assert "No credit note matches" in text_of(visitor.get("/credit-notes?q=nothing"))


def test_the_sync_log_names_both_and_shows_our_own_writes_once(visitor, applied):
    text = text_of(visitor.get("/sync-log?show=all"))
    assert f"Credit note {CREDIT}" in text
    assert f"Application of {CREDIT}" in text
    assert "From QuickBooks" not in text


def test_the_overview_counts_no_payment_where_a_credit_was_used(visitor, applied):
    text = text_of(visitor.get("/"))
    assert "credit note needs you" not in text


def test_a_part_that_was_refused_is_shown_with_what_to_do_and_one_press(visitor, refused, app):
    assert f"1 credit note needs you: {CREDIT}" in text_of(visitor.get("/"))
    assert "1 credit note needs you" in text_of(visitor.get("/credit-notes?show=needs"))
    page = visitor.get(f"/invoices/{refused}")
    text = text_of(page)
    assert "The invoice owes less in QuickBooks than the credit note takes off it." in text
    with app.app_context():
        part_id = db.session.scalars(select(CreditApplication.id)).one()
    assert f"/invoices/{part_id}/retry" in page.text
    answer = visitor.post(f"/invoices/{part_id}/retry")
    assert answer.status_code == 303
    again = visitor.get(answer.headers["Location"])
    assert again.headers["Location"].endswith(f"/invoices/{refused}")
    with app.app_context():
        assert db.session.scalars(select(CreditApplication.sync_state)).one() == "waiting"


def test_nobody_sees_another_workspaces_credit_notes(visitor, applied, app, simulator):
    with app.app_context():
        other = connect(simulator, "harrow", SEVERNSIDE)
        told(other, "credit_note.finalised", credit_note("CN-0099"))
        stranger = db.session.scalars(
            select(CreditNote.id).where(CreditNote.number == "CN-0099")
        ).one()
    assert visitor.get(f"/invoices/{stranger}").status_code == 404
    assert "CN-0099" not in text_of(visitor.get("/credit-notes"))


def test_the_api_shows_it_with_what_it_is_on(app, client, northgate, applied):
    credit_id, _ = applied
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")
    headers = {"Authorization": f"Bearer {key}"}
    shown = client.get(f"/api/v1/credit-notes/cn_{CREDIT}", headers=headers).json
    assert shown == client.get(f"/api/v1/credit-notes/lb-{credit_id}", headers=headers).json
    assert (shown["number"], shown["total"], shown["balance"]) == (CREDIT, "120.00", "0.00")
    assert (shown["status"], shown["sync"]["state"]) == ("applied", "pushed")
    [part] = shown["applied_to"]
    assert (part["invoice"], part["amount"]) == (f"inv_{INVOICE}", "120.00")
    assert part["sync"]["ledger_id"]
    listed = client.get("/api/v1/credit-notes?status=applied", headers=headers).json
    assert listed["data"] == [shown]
    assert client.get("/api/v1/credit-notes?status=open", headers=headers).json["data"] == []
    assert client.get("/api/v1/credit-notes/inv_1", headers=headers).status_code == 404
    assert client.get(f"/api/v1/invoices/cn_{CREDIT}", headers=headers).status_code == 404


def test_the_api_takes_it_in_and_names_it(app, client, northgate):
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")
    headers = {"Authorization": f"Bearer {key}"}
    body = {"type": "credit_note.finalised", "data": credit_note()}
    answer = client.post("/api/v1/events", headers=headers, json=body)
    assert (answer.status_code, answer.json["status"]) == (202, "accepted")
    assert answer.json["invoice_id"] is None
    again = client.post("/api/v1/events", headers=headers, json=body)
    assert again.json == answer.json | {"status": "duplicate"}


def test_an_invoice_that_does_not_fit_is_named_by_its_field(app, northgate):
    with app.app_context():
        northgate.bill(INVOICE, customer="Brackenridge Dental Ltd")
        receipt = told(northgate, "credit_note.finalised", credit_note(on={INVOICE: "1.00"}))
        assert receipt.status == "invalid"
        assert receipt.errors == {"data.applies_to.0.invoice": "INV-0001 is another customer's."}
        assert db.session.scalars(select(CreditNote)).all() == []
