"""Numbers that are longer than the ledger keeps: refused, or their end, never two of the same."""

from datetime import timedelta

import pytest

from app.extensions import db
from app.models import Attempt, DocumentLink, Invoice, Push
from app.usecases.manage_connection import save_settings
from app.usecases.push.actions import allow_push, push_now
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")

LONG = "2026-LEEDS-SUPPORT-INV-0001"
KEPT = "LEEDS-SUPPORT-INV-0001"[-21:]


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def shorten(northgate):
    save_settings(northgate.connection_id, "Priya Nair", None, now(), long_numbers="shorten")


def test_a_long_number_is_refused_until_finance_lets_its_end_be_kept(northgate):
    northgate.bill(LONG)
    northgate.drain()
    assert northgate.states() == {LONG: "blocked"}
    assert "more than the 21 characters" in northgate.problem(LONG)["title"]

    shorten(northgate)
    northgate.drain()

    assert northgate.states() == {LONG: "pushed"}
    there = northgate.booked(KEPT)
    assert f"Its number in billing is {LONG}." in there["PrivateNote"]
    assert LONG in db.session.query(Attempt).order_by(Attempt.id.desc()).first().words


def test_two_numbers_of_one_end_are_found_before_anything_is_sent(northgate):
    shorten(northgate)
    northgate.bill(LONG)
    northgate.bill(LONG.replace("2026", "2027"))

    northgate.drain()

    assert northgate.states() == {LONG: "pushed", LONG.replace("2026", "2027"): "blocked"}
    problem = northgate.problem(LONG.replace("2026", "2027"))
    assert problem["code"] == "same_number"
    assert LONG in problem["title"]
    assert [i["DocNumber"] for i in our_invoices(northgate)] == [KEPT]


def test_an_earlier_invoice_waits_where_the_ledger_has_its_end_already(northgate):
    shorten(northgate)
    northgate.bill(LONG, push="review")
    northgate.bill(KEPT)
    northgate.drain()
    assert northgate.states() == {KEPT: "pushed", LONG: "held"}

    held = northgate.push_of(LONG)
    push_now([held.document_id], "Priya Nair", None, now())
    northgate.drain()

    assert northgate.states() == {KEPT: "pushed", LONG: "blocked"}


def test_a_number_of_the_same_end_that_is_never_sent_is_in_nobodys_way(northgate):
    shorten(northgate)
    northgate.bill(LONG, push="never")
    northgate.bill(LONG.replace("2026", "2027"))

    northgate.drain()

    assert northgate.states()[LONG.replace("2026", "2027")] == "pushed"
    never = db.session.query(Invoice).filter_by(number=LONG).one()
    allow_push([never.id], "Priya Nair", None, now())
    northgate.drain()
    assert northgate.states()[LONG] == "blocked"  # though it is the earlier one

    northgate.revise(LONG.replace("2026", "2027"), "100.00")
    northgate.drain()
    assert northgate.states()[LONG.replace("2026", "2027")] == "pushed"
    assert northgate.booked(KEPT)["TotalAmt"] == 120


def test_a_shortened_number_whose_answer_was_lost_is_found_and_adopted(northgate):
    shorten(northgate)
    northgate.bill(LONG)
    northgate.drain()
    push = northgate.push_of(LONG)
    db.session.delete(db.session.query(DocumentLink).one())
    push.state, push.finished_at = "unconfirmed", None
    push.first_sent_at, push.due_at = now() - timedelta(hours=25), now()
    db.session.commit()
    # What was sent is looked for as it was sent, whatever is chosen meanwhile.
    save_settings(northgate.connection_id, "Priya Nair", None, now(), long_numbers="refuse")

    northgate.drain()

    assert northgate.states() == {LONG: "pushed"}
    assert db.session.query(DocumentLink).one().adopted
    assert db.session.query(Push).filter_by(document_kind="invoice").one().number == KEPT
    assert len(our_invoices(northgate)) == 1


def our_invoices(northgate):
    books = northgate.simulator.books("9130357766900456")
    return [i for i in books["invoices"] if "SUPPORT" in i["DocNumber"]]
