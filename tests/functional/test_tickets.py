"""Resolved tickets from billing: kept once, at the right customer, in the newest state."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, InboundEvent, Ticket
from app.usecases.receive_billing_event import Answer, receive
from tests.billing import OAK_AND_ASH, event
from tests.builders import a_workspace

pytestmark = pytest.mark.usefixtures("app_context")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TICKET = {
    "id": "tic_58113",
    "number": "58113",
    "subject": "Printer not found on floor 2",
    "customer": {"id": "cus_17", "name": "Oak & Ash Ltd"},
    "resolved_at": "2026-11-06T15:20:00Z",
    "url": "https://desk.example/58113",
}


@pytest.fixture
def tell(app_context):
    workspace_id = a_workspace().id
    db.session.commit()

    def send(type_="ticket.resolved", event_id="evt_1", data=None, **changes):
        body = event(type_, (TICKET if data is None else data) | changes)
        return receive(workspace_id, body, event_id, b"{}", None, NOW)

    return send


def tickets():
    return db.session.scalars(select(Ticket)).all()


def test_a_ticket_is_kept_at_a_customer_who_registers(tell):
    assert tell().status == Answer.ACCEPTED
    [ticket] = tickets()
    assert (ticket.number, ticket.subject) == ("58113", "Printer not found on floor 2")
    assert (ticket.customer.name, ticket.url) == ("Oak & Ash Ltd", "https://desk.example/58113")
    assert ticket.resolved_at == datetime(2026, 11, 6, 15, 20, tzinfo=UTC)


def test_who_is_known_stays_as_billing_described_them(tell):
    tell("customer.updated", "evt_0", OAK_AND_ASH)
    tell(customer={"id": "cus_17", "name": "Another name"})
    [customer] = db.session.scalars(select(Customer)).all()
    assert (customer.name, customer.email) == ("Oak & Ash Ltd", "ap@oakash.example")
    assert tickets()[0].customer_id == customer.id


def test_a_known_customer_needs_no_name_and_an_unknown_one_does(tell):
    refused = tell(customer={"id": "cus_17"})
    assert refused.status == Answer.INVALID
    assert list(refused.errors) == ["data.customer.name"]
    assert tickets() == []
    tell("customer.updated", "evt_0", OAK_AND_ASH)
    assert tell(event_id="evt_2", customer={"id": "cus_17"}).status == Answer.ACCEPTED


def test_the_same_ticket_again_replaces_it_unless_it_is_older(tell):
    tell()
    assert tell().status == Answer.DUPLICATE
    tell(event_id="evt_2", subject="Printer found", resolved_at="2026-11-07T09:00:00Z")
    tell(event_id="evt_3", subject="Came late", resolved_at="2026-11-05T09:00:00Z")
    assert [ticket.subject for ticket in tickets()] == ["Printer found"]


def test_without_a_moment_it_was_resolved_when_it_was_told(tell):
    told = {name: value for name, value in TICKET.items() if name not in ("resolved_at", "url")}
    tell(data=told)
    assert (tickets()[0].resolved_at, tickets()[0].url) == (NOW, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", None),
        ("number", ""),
        ("resolved_at", "yesterday"),
        ("resolved_at", "9999-12-31T23:59:59Z"),  # no page of Tokyo could show it
        ("resolved_at", "0001-01-01T00:00:00Z"),
        ("url", "javascript:alert(1)"),
        ("customer", None),
    ],
)
def test_what_cannot_be_read_is_named(tell, field, value):
    receipt = tell(**{field: value})
    assert receipt.status == Answer.INVALID
    assert list(receipt.errors) == [f"data.{field}"]
    assert tickets() == []
    assert db.session.scalars(select(InboundEvent.status)).all() == ["refused"]
