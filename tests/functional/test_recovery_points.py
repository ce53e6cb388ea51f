"""From every point at which a worker may die, and every state a push can be left in, to the end.

The points are those that app/usecases/push/__init__.py names. A power cut here is an exception that
nothing catches, at the very line, with the rows left as they stand then.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.states import Operation, PushState, SyncState
from app.extensions import db
from app.ledgers.quickbooks.company import QuickBooksCompany
from app.models import CustomerLink, DocumentLink, Invoice, Push
from app.usecases.push import actions, drain
from app.usecases.push.crew import Crew
from simulator.client import NORTHGATE
from tests.back import drained
from tests.connected import Connected, connect, now

pytestmark = pytest.mark.usefixtures("app_context")

INVOICE = "INV-0001"
# Twice what a ledger is trusted to remember a key.
LONG_AGO = timedelta(hours=48)


class PowerCut(BaseException):
    """The worker is gone, here and now."""


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def power_cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[Connected, str, str], None]:
    """Let a worker drain and die at a point, when it comes to a document of a kind."""

    def at(northgate: Connected, point: str, kind: str) -> None:
        with monkeypatch.context() as cut:
            cut.setattr(drain, "hand_back", lambda *_: None)
            POINTS[point](cut, kind)
            with pytest.raises(PowerCut):
                northgate.drain()
        db.session.rollback()

    return at


def cut_when_claimed(cut: pytest.MonkeyPatch, _kind: str) -> None:
    def block_unready(*_: Any) -> None:
        raise PowerCut

    cut.setattr(drain, "block_unready", block_unready)


def cut_when_stored(cut: pytest.MonkeyPatch, kind: str) -> None:
    launch = Crew.launch

    def launched(crew: Crew, ready: Any) -> Any:
        if ready.kind == kind:
            raise PowerCut
        return launch(crew, ready)

    cut.setattr(Crew, "launch", launched)


def cut_when_marked(cut: pytest.MonkeyPatch, kind: str) -> None:
    send = QuickBooksCompany.send

    def sent(company: Any, package: Any) -> Any:
        if package[0].kind == kind:
            raise PowerCut
        return send(company, package)

    cut.setattr(QuickBooksCompany, "send", sent)


def cut_when_booked(cut: pytest.MonkeyPatch, kind: str) -> None:
    send = QuickBooksCompany.send

    def sent(company: Any, package: Any) -> Any:
        answer = send(company, package)
        if package[0].kind == kind:
            raise PowerCut
        return answer

    cut.setattr(QuickBooksCompany, "send", sent)


POINTS = {
    "claimed": cut_when_claimed,
    "stored": cut_when_stored,
    "marked as sent": cut_when_marked,
    "booked, not recorded": cut_when_booked,
}


def age_keys(by: timedelta) -> None:
    """Let what was sent have been sent long ago."""
    db.session.execute(
        update(Push)
        .where(Push.first_sent_at.is_not(None))
        .values(first_sent_at=Push.first_sent_at - by)
    )
    db.session.commit()


def let_pass(northgate: Connected, age: timedelta) -> None:
    """Let so much time pass, here and at a ledger that remembers a key for an hour."""
    age_keys(age)
    northgate.simulator.switch(requestid_retention_hours=1)
    northgate.simulator.advance_clock(seconds=age.total_seconds())


def everything_is_done() -> bool:
    """Tell whether nothing is left on its way."""
    open_states = select(Push.id).where(Push.state.not_in((PushState.DONE, PushState.CANCELLED)))
    return db.session.scalars(open_states).all() == []


def customers_there(northgate: Connected) -> list[str]:
    """Return the names of the customers that are not the seeds'."""
    names = [c["DisplayName"] for c in northgate.simulator.books(NORTHGATE)["customers"]]
    return names[northgate.customers_before :]


@pytest.mark.parametrize("age", [timedelta(0), LONG_AGO], ids=["key remembered", "key forgotten"])
@pytest.mark.parametrize("point", POINTS)
def test_a_new_customer_is_created_once(northgate, power_cut, point, age):
    northgate.bill(INVOICE, customer="Brackenridge Dental Ltd")
    power_cut(northgate, point, "customer")
    let_pass(northgate, age)

    northgate.drain()
    northgate.make_due()
    northgate.drain()

    assert northgate.states() == {INVOICE: "pushed"}
    assert customers_there(northgate) == ["Brackenridge Dental Ltd"]
    assert len(db.session.scalars(select(CustomerLink)).all()) == 1
    assert everything_is_done()


@pytest.mark.parametrize("age", [timedelta(0), LONG_AGO], ids=["key remembered", "key forgotten"])
@pytest.mark.parametrize("point", POINTS)
def test_an_invoice_is_booked_once(northgate, power_cut, point, age):
    northgate.bill(INVOICE)
    power_cut(northgate, point, "invoice")
    let_pass(northgate, age)

    northgate.drain()

    assert northgate.states() == {INVOICE: "pushed"}
    assert northgate.books() == {INVOICE: Decimal("540.00")}
    assert len(db.session.scalars(select(DocumentLink)).all()) == 1
    assert everything_is_done()


@pytest.mark.parametrize("age", [timedelta(0), LONG_AGO], ids=["key remembered", "key forgotten"])
@pytest.mark.parametrize("point", POINTS)
def test_an_update_is_written_once_over_what_was_booked(northgate, power_cut, point, age):
    northgate.bill(INVOICE)
    northgate.drain()
    northgate.revise(INVOICE, net="460.00")
    power_cut(northgate, point, "invoice")
    let_pass(northgate, age)

    northgate.drain()
    northgate.make_due()
    northgate.drain()

    assert northgate.states() == {INVOICE: "pushed"}
    assert northgate.books() == {INVOICE: Decimal("552.00")}
    assert everything_is_done()


@pytest.mark.parametrize("age", [timedelta(0), LONG_AGO], ids=["key remembered", "key forgotten"])
@pytest.mark.parametrize("point", POINTS)
def test_a_void_is_carried_out(northgate, power_cut, point, age):
    northgate.bill(INVOICE)
    northgate.drain()
    northgate.void(INVOICE)
    power_cut(northgate, point, "invoice")
    let_pass(northgate, age)

    northgate.drain()
    northgate.make_due()
    northgate.drain()

    assert northgate.states() == {INVOICE: "voided"}
    assert northgate.books() == {INVOICE: Decimal(0)}
    assert everything_is_done()


def test_a_key_stored_after_looking_is_sent_when_the_worker_dies_before_it_leaves(
    northgate, power_cut
):
    northgate.bill(INVOICE)
    power_cut(northgate, "marked as sent", "invoice")
    age_keys(LONG_AGO)
    power_cut(northgate, "marked as sent", "invoice")  # looked, found nothing, died again

    northgate.drain()

    assert northgate.books() == {INVOICE: Decimal("540.00")}
    assert everything_is_done()


def test_billing_changing_the_total_of_an_unanswered_invoice_does_not_hide_what_was_booked(
    northgate, power_cut
):
    northgate.bill(INVOICE)
    power_cut(northgate, "booked, not recorded", "invoice")
    northgate.revise(INVOICE, net="460.00")
    age_keys(LONG_AGO)

    northgate.drain()
    northgate.make_due()
    northgate.drain()

    assert northgate.states() == {INVOICE: "pushed"}
    assert northgate.books() == {INVOICE: Decimal("552.00")}
    assert everything_is_done()


def test_two_documents_of_a_number_stop_and_ask(northgate, power_cut):
    northgate.bill(INVOICE)
    power_cut(northgate, "booked, not recorded", "invoice")
    northgate.simulator.switch(duplicate_doc_number="allow")
    northgate.book_by_hand(INVOICE, "10.00")
    age_keys(LONG_AGO)
    northgate.simulator.reset_counters()

    northgate.drain()

    assert northgate.states() == {INVOICE: "failed"}
    assert "2 documents" in northgate.problem(INVOICE)["ledger_message"]
    assert northgate.simulator.counters(NORTHGATE)["free_writes"] == 0


def test_a_throttled_write_that_was_booked_all_the_same_is_booked_once(northgate):
    northgate.simulator.inject(
        "throttled", entity="Invoice", operation="create", when="after", retry_after=1
    )
    northgate.bill(INVOICE)
    northgate.drain()
    northgate.revise(INVOICE, net="460.00")  # another body, which would be under another key

    drained(northgate)

    assert northgate.states() == {INVOICE: "pushed"}
    assert northgate.books() == {INVOICE: Decimal("552.00")}


# ------------------------------------------------------------------ what a person brings on


def put(state: PushState, **changes: Any) -> int:
    """Leave the one push in a state; returns its invoice."""
    push = db.session.scalars(select(Push).where(Push.document_kind == "invoice")).one()
    push.state, push.due_at = state, now()
    for column, value in changes.items():
        setattr(push, column, value)
    invoice = db.session.get_one(Invoice, push.document_id)
    invoice.sync_state = SyncState(state)
    db.session.commit()
    return invoice.id


@pytest.mark.parametrize("state", [PushState.WAITING, PushState.RETRYING])
def test_what_waits_is_taken_up_by_itself(northgate, state):
    northgate.bill(INVOICE)
    put(state, attempts=3)
    northgate.drain()
    assert northgate.books() == {INVOICE: Decimal("540.00")}


@pytest.mark.parametrize(
    "state", [PushState.HELD, PushState.BLOCKED, PushState.FAILED, PushState.DEAD]
)
def test_what_waits_for_a_person_goes_with_one_press(northgate, state):
    northgate.bill(INVOICE)
    invoice_id = put(state, attempts=250)
    northgate.drain()
    assert northgate.books() == {}
    assert actions.push_now([invoice_id], "Priya Nair", None, now()) == 1
    northgate.drain()
    assert northgate.books() == {INVOICE: Decimal("540.00")}
    assert everything_is_done()


def test_what_was_given_up_unanswered_and_is_tried_again_long_after_is_not_booked_twice(
    northgate, power_cut
):
    northgate.bill(INVOICE)
    power_cut(northgate, "booked, not recorded", "invoice")
    invoice_id = put(PushState.DEAD, attempts=250, claimed_by=None)
    age_keys(LONG_AGO)
    actions.push_now([invoice_id], "Priya Nair", None, now())
    northgate.drain()
    assert northgate.books() == {INVOICE: Decimal("540.00")}
    assert everything_is_done()


def test_a_cancelled_push_is_never_taken_up(northgate):
    northgate.bill(INVOICE)
    put(PushState.WAITING)
    db.session.execute(update(Push).values(state=PushState.CANCELLED))
    db.session.commit()
    northgate.drain()
    assert northgate.books() == {}


def test_every_state_and_every_operation_has_its_test_here():
    tried = {*PushState} - {PushState.PUSHING, PushState.UNCONFIRMED, PushState.DONE}
    assert tried == {
        PushState.WAITING,
        PushState.RETRYING,
        PushState.HELD,
        PushState.BLOCKED,
        PushState.FAILED,
        PushState.DEAD,
        PushState.CANCELLED,
    }
    assert {*Operation} == {"create", "update", "void", "delete"}
