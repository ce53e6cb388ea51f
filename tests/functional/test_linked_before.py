"""Linked to what somebody typed, then disconnected: the same document again, or a question."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import DocumentLink, Invoice, OutboundEvent, Workspace
from app.usecases import manage_connection
from app.usecases.push.actions import allow_push, never_push
from app.usecases.push.decide_there import link_to, push_another
from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.builders import a_connection, a_person
from tests.connected import connect, now
from tests.functional.test_perhaps_there import PRIYA, bill, there, typed
from tests.people import sign_in
from tests.visitor import text_of

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """INV-0001 is booked by us; INV-0002, typed there as 1042, is linked by Priya."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001", issue_date="2026-10-20")
    drained(made)
    return made


def linked(northgate, number="INV-0002", **fields):
    ledger_id = typed(northgate, number=number, **fields)
    invoice_id = bill(northgate)
    link_to(invoice_id, ledger_id, *PRIYA, now())
    return invoice_id, ledger_id


def back_again(northgate):
    manage_connection.disconnect(northgate.connection_id, *PRIYA, now())
    assert set(northgate.states().values()) == {"unlinked"}
    return northgate.reconnect()


def link_of(invoice_id):
    return db.session.scalars(
        select(DocumentLink).where(DocumentLink.document_id == invoice_id)
    ).one()


@pytest.mark.parametrize("number", ["INV-0002", "1042", None])
def test_it_is_linked_to_the_very_same_and_nothing_is_written(northgate, number):
    invoice_id, ledger_id = linked(northgate, number)
    before = northgate.simulator.books(NORTHGATE)["invoices"]

    again = back_again(northgate)
    drained(again)

    assert again.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
    assert link_of(invoice_id).ledger_id == ledger_id
    assert again.simulator.books(NORTHGATE)["invoices"] == before
    assert db.session.get_one(Invoice, invoice_id).linked_before is None

    again.revise("INV-0002", "460.00")  # what somebody typed is read before it is overwritten
    drained(again)
    assert again.problem("INV-0002")["code"] == "edited_there"


def test_another_total_there_is_shown_as_differing(northgate):
    _, ledger_id = linked(northgate, net="400.00")
    again = back_again(northgate)
    drained(again)
    assert again.states()["INV-0002"] == "differs"
    assert "£480.00" in again.problem("INV-0002")["title"]
    assert there(again) == [ledger_id]


def test_renumbered_by_billing_meanwhile_it_is_not_booked_twice(northgate):
    """Neither what was typed there nor what we booked."""
    invoice_id, ledger_id = linked(northgate)
    ours = db.session.scalars(select(Invoice.id).where(Invoice.number == "INV-0001")).one()
    booked = link_of(ours).ledger_id
    manage_connection.disconnect(northgate.connection_id, *PRIYA, now())
    northgate.edit_in_billing("INV-0002", "450.00", number="INV-0902")
    northgate.edit_in_billing("INV-0001", "450.00", number="INV-0901")
    count = len(northgate.simulator.books(NORTHGATE)["invoices"])

    again = northgate.reconnect()
    drained(again)

    assert len(again.simulator.books(NORTHGATE)["invoices"]) == count
    assert (link_of(invoice_id).ledger_id, link_of(ours).ledger_id) == (ledger_id, booked)


def test_gone_meanwhile_is_asked_about_and_pushed_where_a_person_says_so(northgate):
    invoice_id, ledger_id = linked(northgate)
    manage_connection.disconnect(northgate.connection_id, *PRIYA, now())
    northgate.simulator.delete(NORTHGATE, "invoices", ledger_id)
    again = northgate.reconnect()
    drained(again)

    assert again.states()["INV-0002"] == "failed"
    problem = again.problem("INV-0002")
    assert problem["code"] == "not_as_linked"
    assert problem["title"] == "The invoice it was linked to in QuickBooks was deleted."
    told = db.session.scalars(select(OutboundEvent.type).order_by(OutboundEvent.id)).all()
    assert told[-1] == "invoice.push_failed"

    assert push_another([invoice_id], *PRIYA, now()) == 1
    drained(again)
    assert again.states()["INV-0002"] == "pushed"
    assert len(there(again)) == 1


def test_nobody_elses_invoice_is_linked_to_it_meanwhile(northgate):
    _, ledger_id = linked(northgate, "1042")
    again = back_again(northgate)
    again.bill("INV-0003")  # the same customer, total and week
    drained(again)
    assert again.states() == {"INV-0001": "pushed", "INV-0002": "pushed", "INV-0003": "pushed"}
    assert there(again, "1042") == [ledger_id]


def test_a_disconnect_in_between_forgets_nothing(northgate):
    invoice_id, ledger_id = linked(northgate)
    again = back_again(back_again(northgate))
    drained(again)
    assert link_of(invoice_id).ledger_id == ledger_id
    assert len(there(again)) == 1


def test_another_company_never_gets_what_was_opted_out_before_it_was_linked_again(northgate):
    invoice_id, ledger_id = linked(northgate)
    again = back_again(northgate)
    assert never_push([invoice_id], *PRIYA, now()) == 1
    manage_connection.disconnect(again.connection_id, *PRIYA, now())
    another = a_connection(
        db.session.get_one(Workspace, again.workspace_id), company_id="1", company_name="Other Ltd"
    )
    db.session.commit()

    assert allow_push([invoice_id], *PRIYA, now()) == 1

    invoice = db.session.get_one(Invoice, invoice_id)
    assert invoice.connection_id == again.connection_id != another.id
    assert invoice.sync_state == "unlinked"
    drained(again.reconnect())
    assert link_of(invoice_id).ledger_id == ledger_id


class TestRefused:
    def test_another_of_the_same_number_is_refused_and_can_be_taken_back(self, northgate, client):
        ledger_id = typed(northgate)
        invoice_id = bill(northgate)
        asked = northgate.problem("INV-0002")
        assert "QuickBooks usually refuses a second INV-0002." in asked["what_to_do"]

        push_another([invoice_id], *PRIYA, now())
        drained(northgate)
        assert northgate.states()["INV-0002"] == "failed"
        problem = northgate.problem("INV-0002")
        assert (problem["code"], problem["where"]) == ("number_taken", "invoice")
        assert [one["ledger_id"] for one in problem["candidates"]] == [ledger_id]

        a_person(db.session.get_one(Workspace, northgate.workspace_id))
        sign_in(client)
        address = f"/invoices/{invoice_id}"
        shown = text_of(client.get(address))
        assert "It is the same: link them It is another: push it Do not push" in shown
        link_to(invoice_id, ledger_id, *PRIYA, now())
        said = text_of(client.get(address))
        assert "Nothing: it was in QuickBooks already, and was linked." in said
        assert "Left to QuickBooks" not in said  # of what is sent, which nothing is
        db.session.expire_all()
        invoice = db.session.get_one(Invoice, invoice_id)
        assert (invoice.sync_state, invoice.others_there) == ("pushed", None)
        assert link_of(invoice_id).ledger_id == ledger_id

    def test_what_was_typed_a_moment_ago_is_offered_with_the_next_pull(self, northgate):
        ledger_id = typed(northgate, pulled=False)
        invoice_id = bill(northgate)
        assert "candidates" not in northgate.problem("INV-0002")

        brought_back(northgate)

        assert northgate.states()["INV-0002"] == "failed"
        [found] = northgate.problem("INV-0002")["candidates"]
        assert found["ledger_id"] == ledger_id
        link_to(invoice_id, ledger_id, *PRIYA, now())
        assert northgate.states()["INV-0002"] == "pushed"

    def test_renumbered_after_the_refusal_it_is_asked_about_before_it_goes(self, northgate):
        typed(northgate, pulled=False)
        bill(northgate)
        brought_back(northgate)
        northgate.push_of("INV-0002").look_first = True  # as one that a disconnect unlinked
        db.session.commit()

        northgate.revise("INV-0002", "450.00", number="INV-0902")
        drained(northgate)

        assert northgate.problem("INV-0902")["code"] == "perhaps_there"
        assert there(northgate, "INV-0902") == []
