"""What people do with a credit note in the ledger is neither deleted nor cut down unasked."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CreditApplication
from app.usecases.push import actions
from simulator.client import NORTHGATE
from tests.connected import connect, now
from tests.crediting import (
    CREDIT,
    INVOICE,
    applied_to,
    credit,
    go,
    memos,
    owed,
    payments,
    revise,
    states,
    the_note,
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
    return applied_to(northgate, OTHER)


def use_by_hand(northgate, number, amount="120.00"):
    there, [memo] = northgate.booked(number), northgate.simulator.books(NORTHGATE)["credit_memos"]
    customer = there["CustomerRef"]["value"]
    northgate.simulator.record_payment(
        NORTHGATE, customer, [(there["Id"], amount)], [(memo["Id"], amount)]
    )


def test_money_that_a_bookkeeper_put_into_our_entry_is_not_deleted_with_it(applied, simulator):
    [payment] = payments(applied)
    other = applied.booked(OTHER)
    lines = [{"Amount": Decimal(x["Amount"]), "LinkedTxn": x["LinkedTxn"]} for x in payment["Line"]]
    cash = {
        "Amount": Decimal("200.00"),
        "LinkedTxn": [{"TxnId": other["Id"], "TxnType": "Invoice"}],
    }
    simulator.edit(
        NORTHGATE, "payments", payment["Id"], TotalAmt=Decimal("200.00"), Line=[*lines, cash]
    )
    assert owed(applied, OTHER) == Decimal(340)
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert owed(applied, OTHER) == Decimal(340), "the customer's money was deleted"


def test_less_than_a_bookkeeper_used_of_it_is_asked_about(northgate):
    northgate.bill(OTHER)
    credit(northgate)
    go(northgate, 1)
    use_by_hand(northgate, OTHER)
    revise(northgate, "50.00")
    assert states()[0] == "failed"
    assert owed(northgate, OTHER) == Decimal(420)
    [entry] = payments(northgate)
    northgate.simulator.delete(NORTHGATE, "payments", entry["Id"])
    actions.retry([the_note()], PRIYA, None, now())
    go(northgate, 1)
    assert memos(northgate) == {CREDIT: (Decimal(60), Decimal(60))}


def test_less_than_both_use_of_it_leaves_ours_on(northgate):
    northgate.bill(INVOICE)
    northgate.bill(OTHER)
    credit(northgate, on={INVOICE: "60.00"})
    go(northgate, 1)
    use_by_hand(northgate, OTHER, "60.00")
    revise(northgate, "40.00", on={INVOICE: "48.00"})
    assert states() == ("failed", ["waiting"])
    assert (owed(northgate), owed(northgate, OTHER)) == (Decimal(480), Decimal(480))


def test_what_shares_an_entry_is_let_go_once_a_bookkeeper_took_the_credit_off(applied, simulator):
    [payment] = payments(applied)
    other = applied.booked(OTHER)
    lines = [{"Amount": Decimal(x["Amount"]), "LinkedTxn": x["LinkedTxn"]} for x in payment["Line"]]
    cash = {
        "Amount": Decimal("200.00"),
        "LinkedTxn": [{"TxnId": other["Id"], "TxnType": "Invoice"}],
    }
    money = Decimal("200.00")
    simulator.edit(NORTHGATE, "payments", payment["Id"], TotalAmt=money, Line=[*lines, cash])
    revise(applied, "50.00", on={INVOICE: "60.00"})
    assert states()[0] == "waiting"
    simulator.edit(NORTHGATE, "payments", payment["Id"], TotalAmt=money, Line=[cash])
    stuck = select(CreditApplication.id).where(CreditApplication.sync_state == "failed")
    actions.retry(list(db.session.scalars(stuck)), PRIYA, None, now())
    go(applied)
    assert (owed(applied), owed(applied, OTHER)) == (Decimal(480), Decimal(340))
    assert memos(applied) == {CREDIT: (Decimal(60), Decimal(0))}
