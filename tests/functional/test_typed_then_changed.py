"""What a bookkeeper typed and billing's was linked to, or left out for, after something changed."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import DocumentLink
from app.usecases.manage_connection import disconnect
from app.usecases.push.decide_there import link_to
from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.connected import connect, now
from tests.functional.test_perhaps_there import PRIYA, bill, policy, there, typed

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001", issue_date="2026-10-20")
    drained(made)
    return made


@pytest.mark.parametrize(("number", "voided"), [("1042", False), ("INV-0002", True)])
def test_what_was_linked_is_found_again_after_a_reconnect_and_never_booked_twice(
    northgate, number, voided
):
    ledger_id = typed(northgate, number=number)
    invoice_id = bill(northgate)
    link_to(invoice_id, ledger_id, *PRIYA, now())

    disconnect(northgate.connection_id, *PRIYA, now())
    if voided:
        northgate.void("INV-0002")
    again = northgate.reconnect()
    drained(again)

    assert there(again) == ([ledger_id] if number == "INV-0002" else [])
    linked = select(DocumentLink.ledger_id).where(DocumentLink.document_id == invoice_id)
    assert db.session.scalars(linked).all() == [ledger_id]
    assert again.states()["INV-0002"] == ("voided" if voided else "pushed")


def test_what_was_left_out_goes_once_the_one_there_is_another_invoice(northgate):
    policy(northgate, "skip")
    ledger_id = typed(northgate)
    bill(northgate)
    assert northgate.states()["INV-0002"] == "not_sent"

    edit = {"DocNumber": "9999", "TxnDate": "2026-09-01"}
    northgate.simulator.edit(NORTHGATE, "invoices", ledger_id, **edit)
    brought_back(northgate)
    drained(northgate)

    assert northgate.states()["INV-0002"] == "pushed"
