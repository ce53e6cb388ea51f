"""Nothing enters the books before somebody switches pushing on, and nothing of before a day."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.states import SyncState
from app.extensions import db
from app.models import Attempt, AuditEntry, Connection, Invoice, Reading
from app.usecases.go_live import GoLiveRefused, Start, begin_with, choose_start, go_live, try_one
from app.usecases.manage_connection import disconnect
from app.usecases.push.actions import allow_push, hold, push_now
from app.usecases.push.claim import claim
from app.usecases.sweep import wake_due_pushes, wake_unfinished_readings
from simulator.client import NORTHGATE
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = "Priya Nair"
FIRST = date(2026, 11, 1)


@pytest.fixture
def northgate(app_context, simulator):
    """A company that is connected and mapped, and waits for its go-live."""
    made = connect(simulator)
    made.map_all()
    connection = db.session.get_one(Connection, made.connection_id)
    begin_with(connection, Start(live=False, on=FIRST), now())
    db.session.commit()
    return made


def choose(made, first=FIRST, mode="auto"):
    choose_start(made.connection_id, first, mode, PRIYA, None, now())


def switch_on(made):
    go_live(made.connection_id, PRIYA, None, now())


def try_first(made, invoice_id):
    try_one(made.connection_id, invoice_id, PRIYA, None, now())


def state_of(invoice_id):
    db.session.expire_all()
    return db.session.get_one(Invoice, invoice_id).sync_state


def done():
    return db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()


def test_nothing_is_pushed_before_it_is_switched_on_whoever_presses(northgate, simulator):
    wanted = northgate.bill("INV-1", "10.00")
    push_now([wanted], PRIYA, None, now())
    assert (northgate.drain(), wake_due_pushes(now())) == (0, 0)
    assert (northgate.books(), northgate.attempts()) == ({}, [])
    assert "create invoice" not in simulator.counters(NORTHGATE)["by_operation"]

    switch_on(northgate)
    northgate.drain()
    assert northgate.books() == {"INV-1": Decimal("12.00")}
    assert "connection.go_live" in done()


def test_the_books_are_read_while_invoices_wait_for_the_go_live(northgate):
    northgate.bill("INV-1")
    choose(northgate, date(2026, 10, 1))
    first = db.session.scalars(select(Reading.first_day).order_by(Reading.first_day)).first()
    assert first == date(2026, 10, 1)
    assert wake_unfinished_readings(now()) == 1


def test_one_invoice_is_tried_with_its_customer_and_no_other_goes(northgate):
    tried, left = northgate.bill("INV-1", "10.00"), northgate.bill("INV-2", "20.00")
    try_first(northgate, tried)
    northgate.drain()
    assert northgate.books() == {"INV-1": Decimal("12.00")}
    assert state_of(left) == SyncState.WAITING
    with pytest.raises(GoLiveRefused, match="INV-1 was tried already"):
        try_first(northgate, left)


def test_the_change_of_a_tried_invoice_follows_it_into_the_books(northgate):
    try_first(northgate, northgate.bill("INV-1", "10.00"))
    northgate.drain()
    northgate.revise("INV-1", "15.00")
    northgate.drain()
    assert northgate.books() == {"INV-1": Decimal("18.00")}


def test_where_the_tried_one_is_stopped_another_one_may_be_tried(northgate):
    stopped = northgate.bill("INV-1", code="SOC", name="Managed SOC")
    try_first(northgate, stopped)
    northgate.drain()
    assert state_of(stopped) == SyncState.BLOCKED
    try_first(northgate, northgate.bill("INV-2", "20.00"))
    northgate.drain()
    assert northgate.books() == {"INV-2": Decimal("24.00")}


def test_no_other_is_tried_while_a_worker_has_the_first(northgate):
    first, second = (northgate.bill(f"INV-{n}", "10.00") for n in (1, 2))
    try_first(northgate, first)
    assert claim(northgate.connection_id, "worker", now(), 20)
    with pytest.raises(GoLiveRefused, match="INV-1 was tried already"):
        try_first(northgate, second)


def test_only_a_waiting_invoice_of_the_company_can_be_tried(northgate):
    northgate.bill("INV-1")
    with pytest.raises(GoLiveRefused, match="does not wait any more"):
        try_first(northgate, 999)


def test_what_is_dated_before_the_start_date_stays_in_billing_and_says_why(northgate):
    choose(northgate, date(2026, 10, 1))
    early = northgate.bill("INV-1", issue_date="2026-10-31")
    northgate.bill("INV-2", "20.00", issue_date="2026-11-01")
    choose(northgate, FIRST)
    late_to_come = northgate.bill("INV-3", issue_date="2026-10-30")
    switch_on(northgate)
    northgate.drain()
    assert northgate.books() == {"INV-2": Decimal("24.00")}
    assert [state_of(each) for each in (early, late_to_come)] == [SyncState.NOT_SENT] * 2
    for number in ("INV-1", "INV-3"):
        assert "before 1 November 2026, the start date" in northgate.problem(number)["title"]
    said = db.session.scalars(select(Attempt.words).order_by(Attempt.id)).first()
    assert "Nothing was sent" in said


def test_an_earlier_start_date_lets_them_go_again_and_a_person_lets_one_go(northgate):
    one, two = (northgate.bill(f"INV-{n}", "10.00", issue_date="2026-09-30") for n in (1, 2))
    allow_push([one], PRIYA, None, now())
    assert [state_of(one), state_of(two)] == [SyncState.WAITING, SyncState.NOT_SENT]
    choose(northgate, FIRST)  # what a person lets go is not kept out again
    assert state_of(one) == SyncState.WAITING
    choose(northgate, date(2026, 9, 1))
    switch_on(northgate)
    northgate.drain()
    assert northgate.books() == {"INV-1": Decimal("12.00"), "INV-2": Decimal("12.00")}


def test_a_revision_with_a_later_date_goes(northgate):
    northgate.bill("INV-1", "10.00", issue_date="2026-10-31")
    switch_on(northgate)
    northgate.revise("INV-1", "10.00", issue_date="2026-11-02")
    northgate.drain()
    assert northgate.books() == {"INV-1": Decimal("12.00")}


def test_review_is_chosen_and_given_up_before_the_go_live(northgate):
    held, kept = northgate.bill("INV-1", "10.00"), northgate.bill("INV-2")
    choose(northgate, FIRST, "review")
    assert state_of(held) == SyncState.HELD
    hold([kept], PRIYA, None, now())
    choose(northgate, FIRST, "auto")
    assert [state_of(held), state_of(kept)] == [SyncState.WAITING, SyncState.HELD]
    switch_on(northgate)
    northgate.drain()
    assert northgate.books() == {"INV-1": Decimal("12.00")}


def test_it_is_switched_on_once_and_only_where_the_permission_holds(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.state = "paused"
    db.session.commit()
    with pytest.raises(GoLiveRefused, match="not in use"):
        switch_on(northgate)
    connection.state = "active"
    db.session.commit()
    switch_on(northgate)
    with pytest.raises(GoLiveRefused, match="on already"):
        switch_on(northgate)


def test_a_start_date_out_of_reach_is_refused_by_name(northgate):
    for first in (date(1999, 12, 31), date(2199, 1, 1), "soon"):
        with pytest.raises(GoLiveRefused, match="Nothing was saved") as refused:
            choose(northgate, first)
        assert refused.value.field == "starts_on"


def test_a_company_that_went_live_is_live_again_after_a_reconnect(northgate):
    switch_on(northgate)
    disconnect(northgate.connection_id, PRIYA, None, now())
    again = northgate.reconnect()
    connection = db.session.get_one(Connection, again.connection_id)
    assert (connection.live, connection.starts_on) == (True, FIRST)
