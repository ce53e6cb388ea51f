"""What waits for a credit note, or for an invoice of one, goes on by itself once it may."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Attempt, CreditApplication
from app.queries.api_credit_notes import find_credit_note, show_credit_note
from app.usecases.push import actions
from simulator.client import NORTHGATE
from tests.connected import connect, now
from tests.crediting import (
    CREDIT,
    INVOICE,
    credit,
    edit_memo,
    go,
    memos,
    owed,
    payments,
    revise,
    states,
    the_note,
    three_lines_a_penny_apart,
    void,
)

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = "Priya Nair"


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill(INVOICE)
    return made


def last_words():
    return db.session.scalars(select(Attempt.words).order_by(Attempt.id.desc())).first()


def test_a_note_booked_with_the_ledgers_tax_is_put_on_its_invoice_as_far_as_it_goes(northgate):
    credit(northgate, on={INVOICE: "36.45"}, **three_lines_a_penny_apart())
    go(northgate, 1)
    actions.book_ledger_tax([the_note()], PRIYA, None, now())
    go(northgate, 1)

    assert states() == ("differs", ["pushed"])
    assert owed(northgate) == Decimal(540) - Decimal("36.43")
    assert last_words() == (
        f"Applied to {INVOICE} in QuickBooks."
        " £36.43 instead of £36.45: the credit note is booked at less in QuickBooks."
    )
    shown = show_credit_note(find_credit_note(northgate.workspace_id, f"cn_{CREDIT}"))
    [part] = shown["applied_to"]
    assert (part["amount"], part["amount_there"]) == ("36.45", "36.43")


def test_one_booked_at_less_than_it_is_put_on_goes_on_the_first_in_full(northgate):
    northgate.bill("INV-0002")
    on = {INVOICE: "30.00", "INV-0002": "6.45"}
    credit(northgate, on=on, **three_lines_a_penny_apart())
    go(northgate, 1)
    actions.book_ledger_tax([the_note()], PRIYA, None, now())
    go(northgate, 1)
    left = [Decimal(540) - owed(northgate, number) for number in on]
    assert left == [Decimal(30), Decimal("6.43")]


def test_one_that_somebody_made_less_there_is_said_to_be_less(northgate, simulator):
    credit(northgate, on={"INV-0002": "120.00"})
    go(northgate, 1)
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    line = next(x for x in memo["Line"] if "Id" in x)
    detail = {k: v for k, v in line["SalesItemLineDetail"].items() if k not in ("UnitPrice", "Qty")}
    edit_memo(northgate, Line=[line | {"Amount": Decimal(50), "SalesItemLineDetail": detail}])
    northgate.bill("INV-0002")
    go(northgate, 1)
    assert states() == ("pushed", ["failed"])
    part = db.session.scalars(select(CreditApplication)).one()
    assert part.problem["code"] == "credit_less_there"


def test_what_waited_for_a_question_goes_once_theirs_is_kept(northgate):
    credit(northgate)
    go(northgate, 1)
    edit_memo(northgate, TxnDate="2026-11-25")
    revise(northgate, on={INVOICE: "120.00"})
    assert states() == ("failed", ["waiting"])
    actions.keep_ledger([the_note()], PRIYA, None, now())
    go(northgate, 1)
    assert states()[1] == ["pushed"]
    assert owed(northgate) == Decimal(420)


def test_once_theirs_is_kept_it_moves_to_what_billing_says_and_off_the_rest(northgate):
    northgate.bill("INV-0002")
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    edit_memo(northgate, TxnDate="2026-11-25")
    revise(northgate, on={"INV-0002": "120.00"})
    assert states() == ("failed", ["waiting"])
    assert owed(northgate) == Decimal(420)
    actions.keep_ledger([the_note()], PRIYA, None, now())
    go(northgate, 1)
    assert states()[1] == ["pushed"]
    assert (owed(northgate), owed(northgate, "INV-0002")) == (Decimal(540), Decimal(420))


def test_an_invoices_void_goes_on_once_its_credit_is_off(northgate):
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    northgate.void(INVOICE)
    go(northgate, 1)
    assert northgate.states() == {INVOICE: "failed"}
    void(northgate)
    northgate.drain()
    assert northgate.states() == {INVOICE: "voided"}
    assert (states(), memos(northgate), payments(northgate)) == (("voided", []), {}, [])


def test_an_invoices_void_waits_on_while_money_is_on_it(northgate, simulator):
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    booked = northgate.booked(INVOICE)
    simulator.record_payment(NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "100.00")])
    northgate.void(INVOICE)
    void(northgate)
    go(northgate, 2)
    assert northgate.states() == {INVOICE: "failed"}
    assert owed(northgate) == Decimal(440)
    assert northgate.problem(INVOICE)["code"] == "paid_there"


def test_a_part_refused_without_a_reason_we_find_is_told_of_credit_not_of_payments(
    northgate, simulator
):
    simulator.inject("fault", entity="Payment", operation="create", code="620", times=1)
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    part = db.session.scalars(select(CreditApplication)).one()
    assert part.problem["title"].startswith("QuickBooks does not apply the credit note to the")
    assert "payments" not in part.problem["what_to_do"]


def test_an_edit_there_is_asked_about_as_a_credit_note(northgate):
    credit(northgate)
    go(northgate, 1)
    edit_memo(northgate, TxnDate="2026-11-25")
    revise(northgate, memo="x")
    title = find_credit_note(northgate.workspace_id, f"cn_{CREDIT}").problem["title"]
    assert title == "Somebody changed this credit note in QuickBooks since we last wrote it."


def test_what_is_gone_there_and_kept_so_is_put_on_nothing_more(northgate, simulator):
    credit(northgate)
    go(northgate, 1)
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    simulator.delete(NORTHGATE, "credit-memos", memo["Id"])
    revise(northgate, on={INVOICE: "120.00"})
    actions.keep_ledger([the_note()], PRIYA, None, now())
    go(northgate, 1)
    assert states() == ("deleted_there", ["not_sent"])
    assert payments(northgate) == []
