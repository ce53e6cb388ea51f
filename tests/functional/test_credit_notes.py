"""From a credit note of billing to one credit memo there, put once on what billing says."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Attempt, CreditApplication, CreditNote, OutboundEvent, Reconciliation
from app.usecases.push import actions
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE, SEVERNSIDE
from tests.back import brought_back, drained
from tests.connected import connect, now
from tests.crediting import (
    CREDIT,
    INVOICE,
    balance,
    credit,
    credit_note,
    heard,
    memos,
    owed,
    payments,
    states,
    told,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def test_a_credit_note_is_booked_applied_and_billing_hears_of_both(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(0))}
    assert owed(northgate) == Decimal(420)
    [payment] = payments(northgate)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)

    brought_back(northgate)
    assert balance() == Decimal(420)
    assert sorted(heard()) == ["credit_note.applied", "invoice.part_paid"]
    event = db.session.scalars(
        select(OutboundEvent).where(OutboundEvent.type == "credit_note.applied")
    ).one()
    assert event.data["external_id"] == f"cn_{CREDIT}"
    assert event.data["applied_to"] == [
        {"invoice": f"inv_{INVOICE}", "amount": "120.00", "state": "pushed"}
    ]


def test_the_books_are_square_with_a_credit_note_in_them(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    brought_back(northgate)
    run_id = reconcile(northgate.connection_id, "person", now())
    run = db.session.get_one(Reconciliation, run_id)
    assert (run.verdict, run.our_count, run.our_total) == ("square", 1, Decimal(540))


def test_billing_hears_once_however_often_it_is_pulled(northgate):
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    for _ in range(3):
        brought_back(northgate)
    assert sorted(heard()) == ["credit_note.applied", "invoice.part_paid"]


def test_a_credit_note_for_an_invoice_that_comes_later_waits_for_it(northgate):
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["waiting"])
    northgate.bill(INVOICE)
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    assert owed(northgate) == Decimal(420)


def test_a_credit_note_for_an_invoice_booked_long_ago_is_applied(northgate):
    northgate.bill(INVOICE)
    northgate.drain()
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    assert owed(northgate) == Decimal(420)


@pytest.mark.parametrize("first", ["invoice", "credit note"])
def test_what_is_not_mapped_yet_goes_in_whatever_order_it_came(app_context, simulator, first):
    unmapped = connect(simulator)
    deeds = [lambda: unmapped.bill(INVOICE), lambda: credit(unmapped, on={INVOICE: "120.00"})]
    for deed in deeds if first == "invoice" else reversed(deeds):
        deed()
    unmapped.drain()
    assert states() == ("blocked", ["waiting"])
    unmapped.map_all()
    unmapped.drain()
    assert states() == ("pushed", ["pushed"])
    assert owed(unmapped) == Decimal(420)


def test_one_credit_note_goes_on_several_invoices_and_keeps_the_rest(northgate):
    northgate.bill(INVOICE)
    northgate.bill("INV-0002", net="50.00")
    credit(northgate, on={INVOICE: "20.00", "INV-0002": "60.00"})
    northgate.drain()
    assert states() == ("pushed", ["pushed", "pushed"])
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(40))}
    assert (owed(northgate), owed(northgate, "INV-0002")) == (Decimal(520), Decimal(0))
    brought_back(northgate)
    assert sorted(heard()) == ["credit_note.applied", "invoice.paid", "invoice.part_paid"]


@pytest.mark.parametrize("shown", [True, False])
def test_a_ledger_that_applies_credits_by_itself_applies_them_once(northgate, simulator, shown):
    simulator.switch(auto_apply_shown=shown)
    simulator.set_company(NORTHGATE, AutoApplyCredit=True)
    northgate.bill(INVOICE)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    assert owed(northgate) == Decimal(420)
    assert len(payments(northgate)) == 1
    words = db.session.scalars(select(Attempt.words).order_by(Attempt.id.desc())).first()
    assert (
        words
        == "In QuickBooks the credit note is applied to the invoice already. Nothing is done twice."
    )
    brought_back(northgate)
    assert sorted(heard()) == ["credit_note.applied", "invoice.part_paid"]


def test_a_ledger_that_used_it_up_elsewhere_says_so_and_nothing_is_applied_twice(
    northgate, simulator
):
    northgate.bill("INV-0000", net="1000.00", issue_date="2026-01-05")
    northgate.bill(INVOICE)
    northgate.drain()
    simulator.set_company(NORTHGATE, AutoApplyCredit=True)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert (owed(northgate), owed(northgate, "INV-0000")) == (Decimal(540), Decimal(1080))
    words = db.session.scalars(select(Attempt.words).order_by(Attempt.id.desc())).first()
    assert words == "In QuickBooks the credit note is used up already. Nothing is done twice."
    assert states() == ("pushed", ["not_sent"])


def test_an_invoice_paid_there_meanwhile_is_a_question_and_the_credit_stays(northgate, simulator):
    northgate.bill(INVOICE)
    northgate.drain()
    booked = northgate.booked(INVOICE)
    simulator.record_payment(NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "540.00")])
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["failed"])
    part = db.session.scalars(select(CreditApplication)).one()
    assert part.problem["code"] == "invoice_paid_there"
    assert part.problem["what_to_do"]
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(120))}
    assert heard() == ["credit_note.push_failed"]


def test_what_was_refused_goes_again_with_one_press(northgate, simulator):
    northgate.bill(INVOICE)
    northgate.drain()
    booked = northgate.booked(INVOICE)
    payment = simulator.record_payment(
        NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "540.00")]
    )
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    simulator.void(NORTHGATE, "payments", payment["Id"])
    part = db.session.scalars(select(CreditApplication)).one()
    assert actions.retry([part.id], "Priya Nair", None, now()) == 1
    northgate.drain()
    assert states() == ("pushed", ["pushed"])
    assert owed(northgate) == Decimal(420)


def test_an_invoice_of_another_customer_that_comes_later_is_not_credited(northgate):
    credit(northgate, on={INVOICE: "120.00"})
    northgate.bill(INVOICE, customer="Brackenridge Dental Ltd")
    northgate.drain()
    assert states() == ("pushed", ["blocked"])
    assert owed(northgate) == Decimal(540)


def test_a_number_that_somebody_else_used_is_a_question(northgate, simulator):
    northgate.bill(INVOICE)
    northgate.drain()
    booked = northgate.booked(INVOICE)
    keep = ("CustomerRef", "GlobalTaxCalculation")
    line = {k: booked["Line"][0][k] for k in ("Amount", "DetailType", "SalesItemLineDetail")}
    body = {name: booked[name] for name in keep} | {"DocNumber": CREDIT, "Line": [line]}
    simulator.create(NORTHGATE, "credit-memos", **body)
    credit(northgate)
    northgate.drain()
    assert states() == ("failed", [])
    problem = db.session.scalars(select(CreditNote.problem)).one()
    assert problem["title"] == (
        "QuickBooks already has a document with this number, and it is not this credit note."
    )


def test_two_workspaces_keep_their_credit_notes_apart(northgate, simulator):
    other = connect(simulator, "harrow", SEVERNSIDE)
    northgate.bill(INVOICE)
    northgate.drain()
    receipt = told(other, "credit_note.finalised", credit_note(on={INVOICE: "120.00"}))
    assert receipt.status == "accepted"
    drained(northgate)
    other.drain()
    part = db.session.scalars(select(CreditApplication)).one()
    assert (part.workspace_id, part.sync_state) == (other.workspace_id, "waiting")
    assert owed(northgate) == Decimal(540)
