"""Whatever becomes of an answer, there is one credit memo, and it is on its invoice once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import CreditApplication, DocumentLink, Push
from simulator.client import NORTHGATE
from tests.connected import connect
from tests.crediting import CREDIT, INVOICE, credit, memos, owed, payments, states

pytestmark = pytest.mark.usefixtures("app_context")
# Twice what a ledger is trusted to remember a key.
LONG_AGO = timedelta(hours=48)


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill(INVOICE)
    made.drain()
    return made


def let_pass(northgate, age):
    """Let so much time pass, here and at a ledger that remembers a key for an hour."""
    sent = Push.first_sent_at.is_not(None)
    earlier = update(Push).where(sent).values(first_sent_at=Push.first_sent_at - age)
    db.session.execute(earlier)
    db.session.commit()
    northgate.simulator.switch(requestid_retention_hours=1)
    northgate.simulator.advance_clock(seconds=age.total_seconds())


def booked_once(northgate):
    open_states = select(Push.id).where(Push.state.not_in(("done", "cancelled")))
    assert db.session.scalars(open_states).all() == []
    assert states() == ("pushed", ["pushed"])
    assert memos(northgate) == {CREDIT: (Decimal(120), Decimal(0))}
    assert len(payments(northgate)) == 1
    assert owed(northgate) == Decimal(420)
    kinds = db.session.scalars(select(DocumentLink.document_kind).order_by(DocumentLink.id)).all()
    assert sorted(kinds) == ["credit_application", "credit_note", "invoice"]


@pytest.mark.parametrize("age", [timedelta(0), LONG_AGO], ids=["key remembered", "key forgotten"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("entity", ["CreditMemo", "Payment"])
def test_an_answer_that_never_came_leaves_one_of_each(northgate, simulator, entity, when, age):
    simulator.inject("reset", entity=entity, operation="create", when=when, nth=1)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert "unconfirmed" in str(states())
    let_pass(northgate, age)
    northgate.make_due()
    northgate.drain()
    booked_once(northgate)


@pytest.mark.parametrize("kind", ["credit_note", "credit_application"])
def test_a_worker_killed_before_the_record_leaves_one_of_each(northgate, kind):
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    push = db.session.scalars(select(Push).where(Push.document_kind == kind)).one()
    link = db.session.scalars(select(DocumentLink).where(DocumentLink.document_kind == kind)).one()
    db.session.delete(link)
    push.state, push.claimed_by, push.finished_at = "pushing", "a dead worker", None
    db.session.commit()
    northgate.drain()
    booked_once(northgate)


def test_an_application_that_a_bookkeeper_changed_meanwhile_is_a_question(northgate, simulator):
    simulator.inject("reset", entity="Payment", operation="create", when="after", nth=1)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    [payment] = payments(northgate)
    parts = [{"Amount": "50.00", "LinkedTxn": line["LinkedTxn"]} for line in payment["Line"]]
    simulator.edit(NORTHGATE, "payments", payment["Id"], Line=parts)
    let_pass(northgate, LONG_AGO)
    northgate.make_due()
    northgate.drain()
    part = db.session.scalars(select(CreditApplication)).one()
    assert (part.sync_state, part.problem["code"]) == ("failed", "changed_there")
    assert len(payments(northgate)) == 1


def test_a_throttled_application_costs_no_attempt(northgate, simulator):
    simulator.inject("throttled", entity="Payment", operation="create", nth=1, retry_after=7)
    credit(northgate, on={INVOICE: "120.00"})
    northgate.drain()
    assert states() == ("pushed", ["waiting"])
    push = db.session.scalars(select(Push).where(Push.document_kind == "credit_application")).one()
    assert (push.attempts, push.state) == (0, "waiting")
