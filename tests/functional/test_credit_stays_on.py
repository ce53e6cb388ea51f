"""A credit note stays on its invoices until its own change leaves, and where that never does."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Connection, CreditApplication, CreditNote, Push
from app.usecases.manage_connection import save_settings
from app.usecases.push import actions
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.connected import connect, now
from tests.crediting import (
    CREDIT,
    INVOICE,
    applied_to,
    credit,
    credit_note,
    edit_memo,
    go,
    memos,
    owed,
    payments,
    revise,
    states,
    the_note,
    three_lines_a_penny_apart,
    told,
    void,
    words_since,
)

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = "Priya Nair"
OTHER = "INV-0002"


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def applied(northgate):
    return applied_to(northgate)


def review(northgate):
    save_settings(northgate.connection_id, PRIYA, None, now(), push_mode="review")


def is_on(northgate, amount="120.00"):
    return (owed(northgate), len(payments(northgate))) == (Decimal(540) - Decimal(amount), 1)


def nothing_is_open():
    return not db.session.scalars(
        select(Push.id).where(Push.state.not_in(("done", "cancelled")))
    ).all()


# ------------------------------------------------------------------ held, then released or not


def test_a_revision_in_review_takes_nothing_off_and_goes_in_order_once_released(applied):
    review(applied)
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert states() == ("held", ["waiting"])
    assert is_on(applied)

    assert actions.push_now([the_note()], PRIYA, None, now()) == 1
    go(applied)
    assert states() == ("pushed", ["pushed"])
    assert memos(applied) == {CREDIT: (Decimal(60), Decimal(0))}
    assert is_on(applied, "60.00")
    assert nothing_is_open()
    assert words_since(2) == [
        f"Taken off {INVOICE} in QuickBooks.",
        "Updated in QuickBooks (credit note).",
        f"Applied to {INVOICE} in QuickBooks.",
    ]


def test_a_void_in_review_takes_nothing_off_and_goes_once_released(applied):
    review(applied)
    void(applied)
    go(applied, 2)
    assert states()[0] == "held"
    assert is_on(applied)

    actions.push_now([the_note()], PRIYA, None, now())
    go(applied)
    assert (states(), memos(applied), payments(applied)) == (("voided", []), {}, [])
    assert owed(applied) == Decimal(540)
    assert nothing_is_open()


def test_a_revision_that_somebody_rejects_leaves_it_on(applied):
    review(applied)
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert actions.never_push([the_note()], PRIYA, None, now()) == 1
    brought_back(applied)
    go(applied)
    assert states() == ("differs", ["not_sent"])
    assert is_on(applied)
    assert nothing_is_open()


def test_what_a_held_revision_took_off_and_the_next_puts_back_is_not_touched(applied):
    [payment] = payments(applied)
    review(applied)
    revise(applied, on={OTHER: "120.00"})
    revise(applied, on={INVOICE: "120.00"}, revision=3)
    assert states() == ("held", ["pushed"])
    actions.push_now([the_note()], PRIYA, None, now())
    go(applied)
    assert states() == ("pushed", ["pushed"])
    assert [one["Id"] for one in payments(applied)] == [payment["Id"]]


def test_what_could_not_be_taken_off_stays_on_once_the_change_is_held(applied, simulator):
    simulator.inject("fault", entity="Payment", operation="delete", code="6540", times=1)
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert states()[0] == "waiting"
    assert actions.hold([the_note()], PRIYA, None, now()) == 1
    go(applied, 2)
    assert states() == ("held", ["waiting"])
    assert is_on(applied)
    assert actions.push_now([the_note()], PRIYA, None, now()) == 1
    go(applied)
    assert (states(), is_on(applied, "60.00")) == (("pushed", ["pushed"]), True)


# ------------------------------------------------------------------ opted out by billing


def test_a_revision_opted_out_changes_nothing_there(applied):
    applied.bill(OTHER)
    revise(applied, on={OTHER: "120.00"}, push="never")
    brought_back(applied)
    go(applied)
    assert states() == ("pushed", ["not_sent"])
    assert (owed(applied), owed(applied, OTHER)) == (Decimal(420), Decimal(540))


def test_a_void_opted_out_takes_nothing_off(applied):
    revise(applied, on={INVOICE: "120.00"}, push="never")
    void(applied, revision=3)
    brought_back(applied)
    go(applied, 2)
    assert CREDIT in memos(applied)
    assert is_on(applied)


def test_a_credit_note_opted_out_is_on_nothing_and_goes_with_all_once_allowed(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"}, push="never")
    go(northgate, 1)
    assert states() == ("not_sent", ["not_sent"])
    assert actions.allow_push([the_note()], PRIYA, None, now()) == 1
    go(northgate, 1)
    assert states() == ("pushed", ["pushed"])
    assert is_on(northgate)


# ------------------------------------------------------------------ stopped before it may leave


def test_a_revision_in_a_closed_period_takes_nothing_off(northgate):
    northgate.bill(INVOICE, issue_date="2026-11-28", due_date="2026-12-28")
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.books_closed_to = date(2026, 11, 25)
    db.session.commit()
    revise(northgate, "50.00", on={INVOICE: "60.00"})
    assert states() == ("blocked", ["waiting"])
    assert is_on(northgate)


def test_a_revision_whose_tax_awaits_a_decision_takes_nothing_off_until_it_is_made(applied):
    revise(applied, on={INVOICE: "36.45"}, **three_lines_a_penny_apart())
    assert states()[0] == "blocked"
    assert is_on(applied)
    actions.book_ledger_tax([the_note()], PRIYA, None, now())
    go(applied)
    assert states() == ("differs", ["pushed"])
    assert is_on(applied, "36.43")


def test_a_revision_that_meets_an_edit_there_asks_while_it_is_on_still(applied):
    edit_memo(applied, TxnDate="2026-11-25")
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert states() == ("failed", ["waiting"])
    assert is_on(applied)
    actions.use_billing([the_note()], PRIYA, None, now())
    go(applied)
    assert states() == ("pushed", ["pushed"])
    assert is_on(applied, "60.00")


def test_a_void_of_one_that_a_bookkeeper_used_as_well_leaves_ours_on(northgate, simulator):
    northgate.bill(INVOICE)
    northgate.bill(OTHER)
    credit(northgate, on={INVOICE: "60.00"})
    go(northgate, 1)
    other, [memo] = northgate.booked(OTHER), simulator.books(NORTHGATE)["credit_memos"]
    customer = other["CustomerRef"]["value"]
    simulator.record_payment(NORTHGATE, customer, [(other["Id"], "20.00")], [(memo["Id"], "20.00")])
    void(northgate)
    go(northgate)
    assert states() == ("failed", [])
    assert owed(northgate) == Decimal(480)


# ------------------------------------------------------------------ on its way


def test_what_went_on_unseen_comes_off_once_its_revision_is_released(northgate, simulator):
    simulator.inject("reset", entity="Payment", operation="create", when="after", nth=1)
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    review(northgate)
    revise(northgate, "50.00", on={INVOICE: "60.00"})
    assert states()[0] == "held"
    assert is_on(northgate)  # looked for, and found
    actions.push_now([the_note()], PRIYA, None, now())
    go(northgate)
    assert states() == ("pushed", ["pushed"])
    assert is_on(northgate, "60.00")
    assert nothing_is_open()


def test_what_cannot_be_taken_off_holds_the_change_up_until_it_can(applied, simulator):
    simulator.inject("fault", entity="Payment", operation="delete", code="6540", times=1)
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert states() == ("waiting", ["waiting"])
    stuck = db.session.scalars(
        select(CreditApplication).where(CreditApplication.sync_state == "failed")
    ).one()
    assert is_on(applied)
    assert actions.retry([stuck.id], PRIYA, None, now()) == 1
    go(applied)
    assert states() == ("pushed", ["pushed"])
    assert is_on(applied, "60.00")


def test_a_revision_that_waits_shows_no_more_unused_than_it_comes_to(northgate):
    credit(northgate)
    go(northgate, 1)
    review(northgate)
    revise(northgate, "50.00")
    brought_back(northgate)
    note = db.session.get_one(CreditNote, the_note())
    assert (note.total, note.balance) == (Decimal(60), Decimal(60))
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(120))}


def test_a_change_whose_answer_is_awaited_ends_as_it_was_sent_and_takes_nothing_off(
    applied, simulator
):
    simulator.inject("reset", entity="CreditMemo", operation="update", when="after", nth=1)
    told(applied, "credit_note.updated", credit_note(on={INVOICE: "120.00"}, memo="x", revision=2))
    applied.settle_down()
    applied.drain()
    assert states()[0] == "unconfirmed"
    review(applied)
    revise(applied, on={}, revision=3)
    assert states()[0] == "held"
    assert is_on(applied)
