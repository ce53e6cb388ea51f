"""A credit note of billing's is taken out of the books whatever happened to it there meanwhile."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CreditNote
from app.usecases.push import actions
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.connected import connect, now
from tests.crediting import (
    CREDIT,
    INVOICE,
    credit,
    credit_note,
    memos,
    payments,
    states,
    told,
    void,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def go(northgate, times=4):
    for _ in range(times):
        northgate.settle_down()
        northgate.make_due()
        northgate.drain()


def the_note():
    return db.session.scalars(select(CreditNote.id)).one()


def edit_memo(simulator, **fields):
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    simulator.edit(NORTHGATE, "credit-memos", memo["Id"], **fields)


def revise(northgate, *args, revision=2, **changes):
    told(northgate, "credit_note.updated", credit_note(CREDIT, *args, revision=revision, **changes))
    go(northgate)


def retry(northgate):
    actions.retry([the_note()], "Priya Nair", None, now())
    go(northgate)


def test_a_void_of_a_printed_memo_goes(northgate, simulator):
    credit(northgate)
    go(northgate)
    edit_memo(simulator, PrintStatus="PrintComplete")
    brought_back(northgate)
    void(northgate)
    go(northgate)
    retry(northgate)
    assert states() == ("voided", [])
    assert memos(northgate) == {}


def test_a_void_after_keep_theirs_goes(northgate, simulator):
    credit(northgate)
    go(northgate)
    edit_memo(simulator, TxnDate="2026-11-25")
    revise(northgate, memo="x")
    actions.keep_ledger([the_note()], "Priya Nair", None, now())
    void(northgate, revision=3)
    go(northgate)
    retry(northgate)
    assert (states(), memos(northgate)) == (("voided", []), {})


def test_what_to_do_of_applied_there_works(northgate, simulator):
    northgate.bill(INVOICE)
    credit(northgate)
    go(northgate)
    invoice, [memo] = northgate.booked(INVOICE), simulator.books(NORTHGATE)["credit_memos"]
    simulator.record_payment(
        NORTHGATE,
        invoice["CustomerRef"]["value"],
        [(invoice["Id"], "50.00")],
        [(memo["Id"], "50.00")],
    )
    void(northgate)
    go(northgate)
    assert states() == ("failed", [])
    simulator.delete(NORTHGATE, "payments", payments(northgate)[0]["Id"])  # as we told them to
    brought_back(northgate)
    retry(northgate)
    assert (states(), memos(northgate)) == (("voided", []), {})


def test_a_void_of_a_memo_whose_total_was_edited_asks_as_an_invoice_does(northgate, simulator):
    credit(northgate)
    go(northgate)
    [memo] = simulator.books(NORTHGATE)["credit_memos"]
    line = next(x for x in memo["Line"] if "Id" in x)
    detail = {k: v for k, v in line["SalesItemLineDetail"].items() if k not in ("UnitPrice", "Qty")}
    edit_memo(simulator, Line=[line | {"Amount": Decimal(500), "SalesItemLineDetail": detail}])
    void(northgate)
    go(northgate)
    assert memos(northgate) == {CREDIT: (Decimal(600), Decimal(600))}
    assert states() == ("failed", [])
