"""Voided in the ledger and left so: its history outlives a disconnect, and billing's void."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Connection, DocumentLink, Drift, Invoice, Workspace
from app.queries.connections import Linked, linked
from app.usecases import manage_connection
from app.usecases.reconciliation import drifts
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE
from tests.back import brought_back, drained, in_turn
from tests.builders import a_connection, a_person
from tests.connected import connect, now
from tests.people import sign_in
from tests.visitor import text_of

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = ("Priya Nair", None)


@pytest.fixture
def northgate(app_context, simulator):
    """INV-0001 was booked and then voided in QuickBooks; INV-0002 is booked."""
    made = connect(simulator)
    a_person(db.session.get_one(Workspace, made.workspace_id))
    made.map_all()
    made.bill("INV-0001")
    made.bill("INV-0002")
    drained(made)
    simulator.void(NORTHGATE, "invoices", ledger_id("INV-0001"))
    brought_back(made)
    assert made.states() == {"INV-0001": "voided", "INV-0002": "pushed"}
    return made


def test_what_is_linked_says_how_much_of_it_is_void(northgate):
    """The lists of invoices leave those out: 42 here beside 40 there is no riddle."""
    connection = db.session.get_one(Connection, northgate.connection_id)
    assert linked(connection) == Linked(customers=1, invoices=2, gone=1)


def invoice(number):
    return db.session.scalars(select(Invoice).where(Invoice.number == number)).one()


def ledger_id(number):
    return db.session.scalars(
        select(DocumentLink.ledger_id).where(DocumentLink.document_id == invoice(number).id)
    ).one()


def left_as_it_is(northgate):
    in_turn(lambda: reconcile(northgate.connection_id, "asked", now()))
    drift = db.session.scalars(select(Drift).where(Drift.number == "INV-0001")).one()
    drifts.accept(drift.id, *PRIYA, now())


def back_again(northgate):
    manage_connection.disconnect(northgate.connection_id, *PRIYA, now())
    again = northgate.reconnect()
    drained(again)
    brought_back(again)
    return again


def page_of(client, number):
    return client.get(f"/invoices/{invoice(number).id}")


def test_it_is_the_same_one_after_a_disconnect(northgate, client):
    there = ledger_id("INV-0001")
    again = back_again(northgate)
    assert again.states() == {"INV-0001": "voided", "INV-0002": "pushed"}
    assert ledger_id("INV-0001") == there

    sign_in(client)
    page = text_of(page_of(client, "INV-0001"))
    assert page.count("Voided in QuickBooks") == 1
    assert "Not there" not in page
    assert "None yet" not in page
    customer = client.get(f"/customers/{invoice('INV-0001').customer_id}").text
    assert len(re.findall(r">INV-0001<", customer)) == 1


def test_changed_in_billing_while_away_it_goes_to_no_other_company_and_is_asked_about(northgate):
    manage_connection.disconnect(northgate.connection_id, *PRIYA, now())
    workspace = db.session.get_one(Workspace, northgate.workspace_id)
    a_connection(workspace, company_id="1", company_name="Other Ltd")
    db.session.commit()
    northgate.edit_in_billing("INV-0001", "450.00")
    assert northgate.states()["INV-0001"] == "unlinked"
    before = northgate.simulator.books(NORTHGATE)["invoices"]

    again = northgate.reconnect()
    drained(again)

    assert again.problem("INV-0001")["code"] == "voided_there"
    assert again.simulator.books(NORTHGATE)["invoices"] == before


@pytest.mark.parametrize("away", [False, True])
def test_voided_by_billing_too_nothing_is_open_any_more(northgate, client, away):
    sign_in(client)
    left_as_it_is(northgate)
    assert "Billing still shows £" in text_of(page_of(client, "INV-0001"))
    if away:
        manage_connection.disconnect(northgate.connection_id, *PRIYA, now())
    northgate.void("INV-0001")
    assert northgate.states()["INV-0001"] == "voided"
    page = text_of(page_of(client, "INV-0001"))
    assert "Billing still shows" not in page
    assert "Voided in billing" in page
    assert page.index("Voided in billing") < page.index("Voided in QuickBooks")


def test_found_again_what_we_sent_and_booked_is_still_told(northgate, client):
    back_again(northgate)
    sign_in(client)
    page = text_of(page_of(client, "INV-0002"))
    assert "Nothing: it was in QuickBooks already" not in page
    assert '"DocNumber": "INV-0002"' in page
    customer = text_of(client.get(f"/customers/{invoice('INV-0002').customer_id}"))
    assert "INV-0002 in the ledger" in customer
    assert "INV-0002 found in the ledger" not in customer
