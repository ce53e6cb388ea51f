"""What people used, or took off again, of a credit note in the ledger is not shown as on."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CreditApplication, OutboundEvent
from app.queries import credit_notes
from app.usecases.push import actions
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.connected import connect, now
from tests.crediting import (
    INVOICE,
    applied_to,
    credit,
    go,
    owed,
    payments,
    revise,
    states,
)

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = "Priya Nair"
OTHER = "INV-0002"


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def by_hand(northgate, number, amount="120.00"):
    """Let a bookkeeper put the credit memo on an invoice; returns the entry's id."""
    invoice, [memo] = northgate.booked(number), northgate.simulator.books(NORTHGATE)["credit_memos"]
    whose, sum_ = invoice["CustomerRef"]["value"], [(invoice["Id"], amount)]
    entry = northgate.simulator.record_payment(NORTHGATE, whose, sum_, [(memo["Id"], amount)])
    return entry["Id"]


def edit(northgate, entry, **changed):
    """Let a bookkeeper give the lines of an entry other amounts, by what they are linked to."""
    lines = [
        {"Amount": Decimal(changed[kind]), "LinkedTxn": line["LinkedTxn"]}
        for line in entry["Line"]
        if (kind := line["LinkedTxn"][0]["TxnType"]) in changed
    ]
    total = {"TotalAmt": Decimal(changed["total"])} if "total" in changed else {}
    northgate.simulator.edit(NORTHGATE, "payments", entry["Id"], Line=lines, **total)


def seen(northgate):
    """Bring back what happened; returns where the part is, its problem, and what billing heard."""
    brought_back(northgate)
    part = select(CreditApplication).execution_options(populate_existing=True)
    [one] = db.session.scalars(part.where(CreditApplication.status != "void"))
    told = select(OutboundEvent.data).where(OutboundEvent.type.startswith("credit_note."))
    last = db.session.scalars(told.order_by(OutboundEvent.id.desc())).first()
    problem = (one.problem or {}).get("title", "")
    return one.sync_state, problem, [part["state"] for part in last["applied_to"]]


def test_what_the_ledger_used_elsewhere_waits_until_a_person_tries_it_again(northgate, simulator):
    northgate.bill(INVOICE)
    northgate.bill(OTHER)
    credit(northgate)
    go(northgate, 1)
    entry = by_hand(northgate, INVOICE)
    revise(northgate, on={OTHER: "120.00"})
    why = "CN-0007 is used up in QuickBooks, on something else than INV-0002."
    assert seen(northgate) == ("not_sent", why, ["not_sent"])
    assert credit_notes.counts() == {"all": 1, "needs": 1}
    simulator.delete(NORTHGATE, "payments", entry)
    stopped = select(CreditApplication.id).where(CreditApplication.sync_state == "not_sent")
    assert actions.allow_push(list(db.session.scalars(stopped)), PRIYA, None, now()) == 1
    go(northgate, 1)
    assert (states()[1], owed(northgate, OTHER)) == (["pushed"], Decimal(420))
    assert credit_notes.counts() == {"all": 1, "needs": 0}


def test_a_part_that_somebody_took_off_there_is_not_shown_as_on(northgate, simulator):
    applied_to(northgate)
    [entry] = payments(northgate)
    assert seen(northgate) == ("pushed", "", ["pushed"])
    simulator.delete(NORTHGATE, "payments", entry["Id"])
    off = "Somebody took CN-0007 off INV-0001 in QuickBooks."
    assert seen(northgate) == ("deleted_there", off, ["deleted_there"])
    assert credit_notes.counts() == {"all": 1, "needs": 1}
    by_hand(northgate, INVOICE)
    assert seen(northgate) == ("pushed", "", ["pushed"])
    assert credit_notes.counts() == {"all": 1, "needs": 0}


def test_a_part_of_which_less_is_left_there_or_that_money_took_the_place_of_says_so(northgate):
    applied_to(northgate)
    [entry] = payments(northgate)
    edit(northgate, entry, Invoice="50.00", CreditMemo="50.00")
    less = "In QuickBooks £50.00 of CN-0007 is on INV-0001, in billing £120.00."
    assert seen(northgate) == ("differs", less, ["differs"])
    edit(northgate, entry, Invoice="120.00", total="120.00")
    assert seen(northgate)[0] == "deleted_there"


def test_a_part_that_a_bookkeeper_had_put_there_and_took_off_is_not_shown_as_on(northgate):
    northgate.bill(INVOICE)
    credit(northgate)
    go(northgate, 1)
    entry = by_hand(northgate, INVOICE)
    revise(northgate, on={INVOICE: "120.00"})
    assert seen(northgate) == ("pushed", "", ["pushed"])
    northgate.simulator.delete(NORTHGATE, "payments", entry)
    off = "Somebody took CN-0007 off INV-0001 in QuickBooks."
    assert seen(northgate) == ("not_sent", off, ["not_sent"])
    revise(northgate, on={INVOICE: "120.00"}, revision=3)
    assert (seen(northgate)[0], owed(northgate)) == ("pushed", Decimal(420))


def test_what_billing_takes_off_after_somebody_did_is_off(northgate, simulator):
    applied_to(northgate)
    [entry] = payments(northgate)
    simulator.delete(NORTHGATE, "payments", entry["Id"])
    brought_back(northgate)
    revise(northgate, "50.00", on={})
    assert states() == ("pushed", [])
    assert credit_notes.counts() == {"all": 1, "needs": 0}
