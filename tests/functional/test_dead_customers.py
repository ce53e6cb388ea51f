"""A customer whom the ledger never takes: their invoices must not wait for ever unseen."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.backoff import MOST_ATTEMPTS
from app.domain.states import DocumentKind, PushState
from app.extensions import db
from app.models import Invoice, Push
from app.usecases.push import actions
from tests.connected import Connected, connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator) -> Connected:
    """A workspace one of whose customers got no answer from the ledger for two days."""
    made = connect(simulator)
    made.map_all()
    simulator.inject("server_error", entity="Customer", operation="create", times=None)
    made.bill("INV-0001", customer="Harcourt & Finch LLP")
    made.drain()
    customer_push().attempts = MOST_ATTEMPTS - 1
    db.session.commit()
    return made


def customer_push() -> Push:
    """Return the newest attempt to create the customer."""
    return db.session.scalars(
        select(Push)
        .where(Push.document_kind == DocumentKind.CUSTOMER)
        .order_by(Push.id.desc())
        .limit(1)
    ).one()


def test_its_invoices_wait_for_a_person_who_reads_why(northgate):
    northgate.make_due()
    northgate.drain()

    assert northgate.states() == {"INV-0001": "blocked"}
    problem = northgate.problem("INV-0001")
    assert problem["missing"][0]["name"] == "Harcourt & Finch LLP"
    assert "QuickBooks" in problem["title"]


def test_an_invoice_that_was_not_at_hand_when_it_was_given_up_waits_for_a_person_too(northgate):
    northgate.make_due()
    northgate.push_of("INV-0001").due_at = now() + timedelta(hours=1)
    db.session.commit()
    northgate.drain()
    assert customer_push().state == PushState.CANCELLED

    northgate.make_due()
    northgate.drain()

    assert northgate.states() == {"INV-0001": "blocked"}


def test_trying_its_invoice_again_makes_the_customer_once_the_ledger_answers(northgate, simulator):
    northgate.make_due()
    northgate.drain()
    simulator.clear_faults()

    [invoice_id] = db.session.scalars(select(Invoice.id))
    assert actions.retry([invoice_id], "Priya Nair", None, now()) == 1
    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed"}
    assert len(simulator.books("9130357766900456")["customers"]) == northgate.customers_before + 1
