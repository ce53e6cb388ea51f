"""What a person sees and presses when a company was given up: the same again, or another one."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Connection, Revocation
from simulator.client import HARROW_LANE, NORTHGATE
from tests.builders import a_person
from tests.connected import connect
from tests.functional.test_connect import consent
from tests.people import send, sign_in, token_of
from tests.visitor import text_of

COMPANY = "Northgate IT Services Ltd"


@pytest.fixture
def priya(app, client, simulator):
    """Priya of Northgate, which is connected; returns the connection's page and her browser."""
    with app.app_context():
        connection = db.session.get_one(Connection, connect(simulator).connection_id)
        a_person(connection.workspace)
        page = f"/connections/{connection.id}"
    sign_in(client)
    return client, page


def leave(client, page):
    return send(client, f"{page}/disconnect", page=f"{page}/disconnect", company=COMPANY)


def choose(client, realm, **form):
    """Press Connect, choose a company on the vendor's page, and come back."""
    token = {"csrf_token": token_of(client, "/connect")}
    asked = client.post("/connect/quickbooks", data=token | form)
    assert asked.status_code == 303, asked.text
    back = consent(asked.headers["Location"], realm=realm)
    return client.get("/connect/quickbooks/callback", query_string=back, follow_redirects=True)


def states(app):
    with app.app_context():
        rows = db.session.execute(select(Connection.company_id, Connection.state)).all()
        return dict(rows)


def test_a_vendor_that_is_away_is_said_on_the_page_until_it_knows(app, priya, simulator):
    client, page = priya
    simulator.inject("unavailable", entity="token", operation="revoke")
    said = text_of(leave(client, page))
    assert f"{COMPANY} is disconnected. Nothing was deleted" in said
    assert "QuickBooks did not answer: it is told as soon as it does." in said
    assert "QuickBooks does not know yet" in text_of(client.get(page))
    with app.app_context():
        db.session.delete(db.session.scalars(select(Revocation)).one())
        db.session.commit()
    assert "does not know yet" not in text_of(client.get(page))


def test_reconnect_leads_to_the_same_company_only(app, priya):
    client, page = priya
    leave(client, page)
    number = page.rpartition("/")[2]
    gone = client.get(page)
    assert f"Reconnect {COMPANY}" in gone.text
    assert f'name="connection" value="{number}"' in gone.text

    refused = choose(client, HARROW_LANE, connection=number)
    assert f"You chose another company than {COMPANY}." in text_of(refused)
    assert f"Reconnect {COMPANY}" in text_of(refused)  # from there it is tried again
    assert "Connect your ledger" not in text_of(refused)
    assert states(app) == {NORTHGATE: "disconnected"}

    assert f"{COMPANY} is connected." in text_of(choose(client, NORTHGATE, connection=number))
    assert states(app) == {NORTHGATE: "active"}


def test_another_company_is_connected_only_where_that_was_ticked(app, priya):
    client, page = priya
    leave(client, page)
    start = text_of(client.get("/connect"))
    assert f"{COMPANY} was disconnected here." in start
    assert "I want to connect another company" in start

    refused = choose(client, HARROW_LANE, environment="sandbox")
    assert "so nothing was connected" in text_of(refused)
    assert urlsplit(refused.request.url).path == "/connect"

    choose(client, HARROW_LANE, environment="sandbox", another="1")
    assert states(app) == {NORTHGATE: "disconnected", HARROW_LANE: "active"}
    assert f"{COMPANY} is disconnected." in text_of(client.get(page))


def test_nobody_is_asked_about_companies_before_one_was_given_up(priya):
    client, _ = priya
    assert "was disconnected here" not in client.get("/connect").text
