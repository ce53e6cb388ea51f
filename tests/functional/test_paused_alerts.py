"""An alert that somebody has seen rests, until its day or until it has something else to say."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import AuditEntry, Connection, PausedAlert
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

LATE = datetime.now(UTC).date() - timedelta(days=21)
SAID = "£120.00 is overdue."
PAUSE = "Pause this alert"


@pytest.fixture
def connection_id(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        connection = a_connection(workspace)
        overdue(connection)
        db.session.commit()
        return connection.id


def overdue(connection):
    an_invoice(connection, "120.00", customer="Oak", due_date=LATE)


@pytest.fixture
def priya(connection_id, client):
    return Visitor(client)


def customer(visitor):
    return text_of(visitor.get("/customers/1"))


def test_a_paused_alert_says_by_whom_and_until_when_and_comes_back_when_asked(app, priya):
    assert PAUSE in customer(priya)
    priya.post("/customers/1/alerts/overdue", said=SAID)
    page = customer(priya)
    assert f"{SAID} Priya Nair paused this alert until" in page
    assert PAUSE not in page
    priya.post("/customers/1/alerts/overdue", deed="resume")
    assert PAUSE in customer(priya)
    with app.app_context():
        told = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert told[-2:] == ["customer.pause_alert", "customer.resume_alert"]


def test_more_that_is_overdue_rings_at_once(app, priya, connection_id):
    priya.post("/customers/1/alerts/overdue", said=SAID)
    with app.app_context():
        overdue(db.session.get_one(Connection, connection_id))
        db.session.commit()
    page = customer(priya)
    assert "£240.00 is overdue." in page
    assert PAUSE in page


def test_it_rings_again_on_its_day(app, priya):
    priya.post("/customers/1/alerts/overdue", said=SAID)
    with app.app_context():
        db.session.execute(update(PausedAlert).values(until=datetime.now(UTC).date()))
        db.session.commit()
    assert PAUSE in customer(priya)


def test_what_says_something_else_by_now_is_not_paused(priya):
    priya.post("/customers/1/alerts/overdue", said="£1.00 is overdue.")
    page = customer(priya)
    assert "The alert says something else by now. Nothing was paused." in page
    assert PAUSE in page


def test_who_may_only_look_reads_it_and_cannot_pause_it(connection_id, client):
    vera = Visitor(client, "vera@northgate.example")
    page = customer(vera)
    assert SAID in page
    assert PAUSE not in page
    assert vera.post("/customers/1/alerts/overdue", said=SAID).status_code == 403


def test_another_workspaces_customer_is_nobody(app, priya):
    with app.app_context():
        overdue(a_connection(a_workspace("harcourt"), company_id="9130358"))
        db.session.commit()
    assert priya.post("/customers/2/alerts/overdue", said=SAID).status_code == 404
