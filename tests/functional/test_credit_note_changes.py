"""A credit note that billing changes or voids, wherever it and its parts stand then."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Attempt, CreditNote, Push
from app.usecases.manage_connection import disconnect
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.connected import connect, now
from tests.crediting import (
    CREDIT,
    INVOICE,
    credit,
    credit_note,
    heard,
    memos,
    owed,
    payments,
    states,
    told,
    void,
)

pytestmark = pytest.mark.usefixtures("app_context")
HALF = Decimal(60)


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def applied(northgate):
    """CN-0007 of 120.00 is booked and on INV-0001."""
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    return northgate


def revise(northgate, *args, **changes):
    answer = told(
        northgate, "credit_note.updated", credit_note(CREDIT, *args, revision=2, **changes)
    )
    northgate.settle_down()
    return answer


def everything_is_done():
    open_states = select(Push.id).where(Push.state.not_in(("done", "cancelled")))
    return db.session.scalars(open_states).all() == []


def done_since(first):
    """Return what was tried since both were there, without rebuilding over a new version."""
    tried = select(Attempt.words).join(Push, Push.id == Attempt.push_id)
    sales = tried.where(Push.document_kind.in_(("credit_note", "credit_application")))
    words = db.session.scalars(sales.order_by(Attempt.id)).all()[first:]
    return [one for one in words if "We write again" not in one]


# ------------------------------------------------------------------ void


def test_a_void_before_anything_was_sent_never_reaches_the_ledger(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    void(northgate)
    northgate.drain()
    assert states() == ("not_sent", [])
    assert memos(northgate) == {}
    assert owed(northgate) == Decimal(540)


def test_a_void_of_one_that_is_on_nothing_takes_it_out(northgate):
    credit(northgate)
    northgate.drain()
    void(northgate)
    northgate.drain()
    assert states() == ("voided", [])
    assert memos(northgate) == {}
    assert everything_is_done()


def test_a_void_takes_it_off_the_invoice_first(applied):
    void(applied)
    applied.drain()
    applied.drain()
    assert states() == ("voided", [])
    assert memos(applied) == {}
    assert payments(applied) == []
    assert owed(applied) == Decimal(540)
    assert everything_is_done()
    taken_off, deleted = done_since(2)
    assert taken_off == f"Taken off {INVOICE} in QuickBooks."
    assert deleted == "Deleted in QuickBooks (credit note)."


def test_a_void_that_was_pulled_in_between_tells_billing_that_the_invoice_is_owed(applied):
    brought_back(applied)
    void(applied)
    applied.drain()
    applied.drain()
    brought_back(applied)
    assert states() == ("voided", [])
    told_so = ["credit_note.applied", "invoice.part_paid", "invoice.payment_reversed"]
    assert sorted(heard()) == told_so


@pytest.mark.parametrize("pulled", [False, True])
def test_a_void_of_one_that_a_bookkeeper_used_is_refused_in_words(northgate, simulator, pulled):
    northgate.bill(INVOICE)
    credit(northgate)
    northgate.drain()
    invoice = northgate.booked(INVOICE)
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    simulator.switch(delete_paid_invoice="unapply")  # else it would be let go without a word
    simulator.record_payment(
        NORTHGATE,
        invoice["CustomerRef"]["value"],
        [(invoice["Id"], "50.00")],
        [(memo["Id"], "50.00")],
    )
    if pulled:  # then its version is no surprise
        brought_back(northgate)
    void(northgate)
    northgate.drain()
    assert states() == ("failed", [])
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(70))}
    problem = db.session.scalars(select(CreditNote.problem)).one()
    assert problem["code"] == "applied_there"
    assert problem["title"] == "The credit note is applied to an invoice in QuickBooks."


def test_a_void_of_one_deleted_there_is_done(northgate, simulator):
    credit(northgate)
    northgate.drain()
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    simulator.delete(NORTHGATE, "credit-memos", memo["Id"])
    void(northgate)
    northgate.drain()
    assert states() == ("voided", [])


@pytest.mark.parametrize("kind", ["CreditMemo", "Payment"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_void_while_an_answer_is_awaited_follows_it(northgate, simulator, kind, when):
    simulator.inject("reset", entity=kind, operation="create", when=when, nth=1)
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    void(northgate)
    for _ in range(3):
        northgate.make_due()
        northgate.drain()
    assert states() == ("voided", [])
    assert (memos(northgate), payments(northgate)) == ({}, [])
    assert owed(northgate) == Decimal(540)
    assert everything_is_done()


@pytest.mark.parametrize("kind", ["CreditMemo", "Payment"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_deletion_whose_answer_is_lost_is_done_once(applied, simulator, kind, when):
    simulator.inject("reset", entity=kind, operation="delete", when=when, nth=1)
    void(applied)
    for _ in range(3):
        applied.make_due()
        applied.drain()
    assert states() == ("voided", [])
    assert (memos(applied), owed(applied)) == ({}, Decimal(540))
    assert everything_is_done()


def test_a_credit_note_deleted_there_is_told_and_needs_somebody(northgate, simulator):
    credit(northgate)
    northgate.drain()
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    simulator.delete(NORTHGATE, "credit-memos", memo["Id"])
    brought_back(northgate)
    assert states() == ("deleted_there", [])
    assert heard() == ["credit_note.voided_in_ledger"]


# ------------------------------------------------------------------ revisions


def test_a_revision_changes_the_memo_and_leaves_what_it_is_on(applied):
    [payment] = payments(applied)
    revise(applied, "150.00", on={INVOICE: "120.00"})
    for _ in range(2):
        applied.drain()
    assert states() == ("pushed", ["pushed"])
    assert memos(applied) == {CREDIT: (Decimal(180), HALF)}
    assert [p["Id"] for p in payments(applied)] == [payment["Id"]]


def test_a_revision_to_less_takes_it_off_first_and_puts_the_rest_on(applied):
    revise(applied, "50.00", on={INVOICE: "60.00"})
    for _ in range(3):
        applied.drain()
    assert states() == ("pushed", ["pushed"])
    assert memos(applied) == {CREDIT: (HALF, Decimal(0))}
    assert len(payments(applied)) == 1
    assert owed(applied) == Decimal(480)
    assert everything_is_done()
    assert done_since(2) == [
        f"Taken off {INVOICE} in QuickBooks.",
        "Updated in QuickBooks (credit note).",
        f"Applied to {INVOICE} in QuickBooks.",
    ]


def test_a_revision_moves_it_to_another_invoice(applied):
    applied.bill("INV-0002")
    revise(applied, on={"INV-0002": "120.00"})
    for _ in range(3):
        applied.drain()
    assert states() == ("pushed", ["pushed"])
    assert (owed(applied), owed(applied, "INV-0002")) == (Decimal(540), Decimal(420))
    assert everything_is_done()


def test_the_same_revision_again_is_a_duplicate_and_another_word_a_conflict(applied):
    same = credit_note(on={INVOICE: "120.00"})
    assert told(applied, "credit_note.updated", same).status == "duplicate"
    other = told(applied, "credit_note.updated", credit_note(on={INVOICE: "99.00"}))
    assert other.status == "conflict"


def test_an_older_revision_is_refused(applied):
    revise(applied, on={INVOICE: "120.00"})
    late = told(applied, "credit_note.updated", credit_note(on={}))
    assert late.status == "conflict"


def test_a_disconnect_and_a_reconnect_find_both_again(applied):
    disconnect(applied.connection_id, "Priya Nair", None, now())
    assert states() == ("unlinked", ["unlinked"])
    back = applied.reconnect()
    for _ in range(2):
        back.make_due()
        back.drain()
    assert states() == ("pushed", ["pushed"])
    assert memos(back) == {CREDIT: (Decimal(120), Decimal(0))}
    assert len(payments(back)) == 1
    assert everything_is_done()
