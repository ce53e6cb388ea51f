"""The sample invoice: one press lets it in, it never reaches a live company, it leaves no trace."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.sample import SAMPLE_ID
from app.domain.states import SyncState
from app.extensions import db
from app.models import (
    AuditEntry,
    Connection,
    Customer,
    InboundEvent,
    Invoice,
    Mapping,
    OutboundEvent,
    Push,
    Service,
    TaxCode,
    Workspace,
)
from app.queries import overview
from app.usecases.push.actions import push_now
from app.usecases.push.intent import route_waiting
from app.usecases.receive_billing_event import receive
from tests import billing
from tests.builders import a_connection, a_person, a_workspace
from tests.northgate import make_northgate
from tests.visitor import Visitor, text_of

NOW = datetime.now(UTC)
VIC = "vic@northgate.example"
SEND = "Send a sample invoice"


@pytest.fixture
def empty(app):
    """A workspace with nothing but its owner."""
    with app.app_context():
        made = a_workspace()
        a_person(made, "owner")
        db.session.commit()
        return made.id


@pytest.fixture
def sandbox(app):
    """Northgate's sandbox company, its lists read, pushing not switched on."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        db.session.get_one(Connection, made.connection_id).live = False
        db.session.commit()
        return made


def sample():
    return db.session.query(Invoice).filter_by(external_id=SAMPLE_ID).one_or_none()


def bill(workspace, number="INV-1"):
    body = billing.finalised(number=number, id=f"inv_{number}")
    receive(workspace, body, f"evt_{number}", b"{}", "127.0.0.1", NOW)


def left_behind():
    """Return how many rows of anything a person counts are there."""
    tables = (Invoice, Customer, Service, TaxCode, Mapping, Push)
    return {table.__name__: db.session.query(table).count() for table in tables}


def test_one_press_lets_it_in_by_the_signed_door(app, client, empty):
    person = Visitor(client)
    assert SEND in text_of(person.get("/setup/billing"))
    answer = person.post("/sample")
    assert answer.status_code == 303
    page = text_of(client.get(answer.location))
    assert "SAMPLE-1 came in." in page
    assert SEND not in page
    assert "Waiting for the first event" in page  # it tells nothing of billing's address
    assert "A sample invoice is here to try the next steps with." in text_of(client.get("/"))
    with app.app_context():
        assert (sample().number, sample().total) == ("SAMPLE-1", Decimal("12.00"))
        [event] = db.session.query(InboundEvent)
        assert (event.status, event.source) == ("accepted", "billing")
        assert b'"invoice.finalised"' in event.raw
        assert "sample.send" in {each.action for each in db.session.query(AuditEntry)}


def test_it_is_matched_to_an_item_of_the_company_with_certainty(app, client, sandbox):
    person = Visitor(client)
    person.post("/sample")
    page = text_of(person.get("/mappings"))
    assert "2 mappings are missing. They hold back £12.00." in page
    assert page.count("Certain") >= 2


def test_a_company_without_vat_gets_one_without(app, client, sandbox):
    with app.app_context():
        db.session.get_one(Connection, sandbox.connection_id).tax_enabled = False
        db.session.commit()
    Visitor(client).post("/sample")
    with app.app_context():
        assert (sample().total, sample().tax_total) == (Decimal("10.00"), 0)


def test_none_is_sent_once_billing_has_sent_one(app, client, empty):
    with app.app_context():
        bill(empty)
    person = Visitor(client)
    assert SEND not in text_of(person.get("/setup/billing"))
    person.post("/sample")
    assert "Billing has sent an invoice already" in text_of(person.get("/setup/billing"))
    with app.app_context():
        assert sample() is None


def test_none_is_sent_to_a_live_company(app, client, empty):
    with app.app_context():
        a_connection(db.session.get_one(Workspace, empty), environment="production", live=False)
        db.session.commit()
    person = Visitor(client)
    page = text_of(person.get("/setup/billing"))
    assert SEND not in page
    assert "Northgate IT Services Ltd is a live company, and a sample never goes to one." in page
    person.post("/sample")
    with app.app_context():
        assert sample() is None


def test_one_that_waited_is_left_out_of_a_live_company_whatever_is_pressed(app, client, empty):
    person = Visitor(client)
    person.post("/sample")
    with app.app_context():
        a_connection(db.session.get_one(Workspace, empty), environment="production")
        route_waiting(empty, NOW)
        db.session.commit()
        number = sample().id
        push_now([number], "Priya Nair", None, NOW)
    person.post(f"/invoices/{number}/allow")
    with app.app_context():
        assert sample().sync_state == SyncState.NOT_SENT
        assert sample().problem["title"].startswith("It is a sample")
        assert db.session.query(Push).count() == 0
    assert "Allow pushing" not in text_of(person.get(f"/invoices/{number}"))


def test_a_viewer_sends_none(app, client, empty):
    with app.app_context():
        a_person(db.session.get_one(Workspace, empty), "viewer", VIC)
    assert Visitor(client, VIC).post("/sample").status_code == 403


def test_removed_it_leaves_nothing_that_counts(app, client, sandbox):
    person = Visitor(client)
    with app.app_context():
        before = left_behind()
    person.post("/sample")
    with app.app_context():
        sandbox.map("ledgerbridge-sample", "31")
        sandbox.map("ledgerbridge-sample-vat", "6", "tax_code")
        assert left_behind() != before
        number = sample().id
    assert "Remove the sample" in text_of(person.get(f"/invoices/{number}"))
    person.post("/sample/remove")
    with app.app_context():
        assert left_behind() == before
        assert overview.invoice_count() == 0
    assert SEND in text_of(person.get("/setup/billing"))
    assert person.get("/webhook-log").status_code == 200
    assert "Sent the sample invoice" in text_of(person.get("/audit"))


def test_it_leaves_by_itself_when_billing_sends_its_first_invoice(app, client, sandbox):
    Visitor(client).post("/sample")
    with app.app_context():
        bill(sandbox.workspace_id)
        assert sample() is None
        assert [each.code for each in db.session.query(Service)] == ["MW-STD"]
        assert [each.number for each in db.session.query(Invoice)] == ["INV-1"]


def test_one_that_is_on_its_way_is_not_removed(app, client, sandbox):
    person = Visitor(client)
    person.post("/sample")
    with app.app_context():
        db.session.query(Push).update({"state": "pushing", "first_sent_at": NOW})
        db.session.commit()
        bill(sandbox.workspace_id)
        assert sample() is not None
    person.post("/sample/remove")
    with app.app_context():
        assert sample() is not None
        assert db.session.query(OutboundEvent).count() == 0
