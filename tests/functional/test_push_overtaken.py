"""What somebody decides while a write is on its way, and what a disconnect must not lose."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.ledgers.quickbooks.company import QuickBooksCompany
from app.models import Invoice, OutboundEvent
from app.usecases.book.pull import pull
from app.usecases.manage_connection import disconnect
from simulator.client import NORTHGATE
from tests.back import drained, in_turn
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def after(monkeypatch, app):
    """Have somebody else do something, once, right after a call to the ledger came back."""

    def install(method, deed, concerns=lambda *_: True):
        real, left = getattr(QuickBooksCompany, method), [deed]

        def called(company, *arguments):
            answer = real(company, *arguments)
            if left and concerns(*arguments):
                _elsewhere(app, left.pop())
            return answer

        monkeypatch.setattr(QuickBooksCompany, method, called)

    return install


def _elsewhere(app, deed):
    def run():
        with app.app_context():
            deed()

    other = threading.Thread(target=run)
    other.start()
    other.join()


def is_invoice(package):
    return package[0].kind == "invoice"


def leave(northgate):
    disconnect(northgate.connection_id, "Priya Nair", None, now())


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_disconnect_while_the_answer_is_lost_leaves_one_document(
    northgate, simulator, after, when
):
    simulator.inject("server_error", entity="Invoice", operation="create", when=when)
    after("send", lambda: leave(northgate), is_invoice)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "unlinked"}
    again = northgate.reconnect()
    drained(again)
    assert again.states() == {"INV-0001": "pushed"}
    assert again.books() == {"INV-0001": Decimal("540.00")}


def test_a_revision_that_comes_while_we_look_is_written_too(northgate, after):
    northgate.bill("INV-0001")
    drained(northgate)
    leave(northgate)
    again = northgate.reconnect()
    after("read", lambda: again.revise("INV-0001", "600.00"))  # what a disconnect unlinked
    drained(again)
    assert again.states() == {"INV-0001": "pushed"}
    assert again.books() == {"INV-0001": Decimal("720.00")}


def test_a_void_that_comes_while_it_is_sent_leaves_nothing_owed(northgate, after):
    after("send", lambda: northgate.void("INV-0001"), is_invoice)
    northgate.bill("INV-0001")
    drained(northgate)
    invoice = db.session.scalars(select(Invoice)).one()
    assert (invoice.sync_state, invoice.status, invoice.balance) == ("voided", "void", 0)


@pytest.mark.parametrize("connected", [False, True])
def test_a_void_that_no_link_leads_to_is_looked_for_and_voided(northgate, connected):
    northgate.bill("INV-0001")
    drained(northgate)
    leave(northgate)
    if connected:
        northgate = northgate.reconnect()
    northgate.void("INV-0001")
    drained(northgate if connected else northgate.reconnect())
    assert northgate.states() == {"INV-0001": "voided"}
    assert northgate.books() == {"INV-0001": Decimal(0)}


def test_a_void_that_no_link_leads_to_is_never_created(northgate, simulator):
    northgate.bill("INV-0001")
    drained(northgate)
    leave(northgate)
    simulator.delete(NORTHGATE, "invoices", northgate.booked("INV-0001")["Id"])
    northgate.void("INV-0001")
    drained(northgate.reconnect())
    assert northgate.states() == {"INV-0001": "not_sent"}
    assert northgate.books() == {}


def test_an_opt_out_while_the_ledger_refuses_to_listen_is_heeded(northgate, simulator, after):
    simulator.inject("throttled", entity="Invoice", operation="create", retry_after=1)
    after("send", lambda: northgate.revise("INV-0001", "450.00", push="never"), is_invoice)
    northgate.bill("INV-0001")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "not_sent"}
    assert northgate.books() == {}


def test_a_document_that_is_stale_again_and_again_is_not_asked_without_end(northgate, simulator):
    northgate.bill("INV-0001")
    drained(northgate)
    simulator.inject("fault", entity="Invoice", operation="update", code="5010", times=None)
    northgate.revise("INV-0001", "600.00")
    simulator.reset_counters()
    northgate.drain()
    assert simulator.counters(NORTHGATE)["by_operation"]["Invoice.update"] == 2


def test_what_was_paid_while_nothing_was_connected_comes_back(northgate, simulator):
    northgate.bill("INV-0001")
    drained(northgate)
    booked = northgate.booked("INV-0001")
    leave(northgate)
    simulator.record_payment(NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "540.00")])
    again = northgate.reconnect()
    drained(again)
    in_turn(lambda: pull(again.connection_id, now()))
    invoice = db.session.scalars(select(Invoice)).one()
    assert (invoice.status, invoice.balance) == ("paid", 0)
    told = db.session.scalars(select(OutboundEvent).order_by(OutboundEvent.id)).all()
    assert [event.type for event in told].count("invoice.paid") == 1
    assert told[-1].data["payments"][0]["amount"] == "540.00"


def test_what_billing_heard_was_paid_it_does_not_hear_again(northgate, simulator):
    northgate.bill("INV-0001")
    drained(northgate)
    booked = northgate.booked("INV-0001")
    simulator.record_payment(NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "120.00")])
    in_turn(lambda: pull(northgate.connection_id, now()))
    leave(northgate)
    again = northgate.reconnect()
    drained(again)
    in_turn(lambda: pull(again.connection_id, now()))
    told = [event.type for event in db.session.scalars(select(OutboundEvent))]
    assert told.count("invoice.part_paid") == 1
