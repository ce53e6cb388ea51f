"""The start date and the go-live meet disconnects, holds, credit notes and workers under way."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.billing.read_event import read_event
from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection, CreditApplication, CreditNote, Invoice
from app.usecases.go_live import (
    Start,
    begin_with,
    choose_start,
    go_live,
    move_start,
)
from app.usecases.manage_connection import disconnect
from app.usecases.push.actions import hold, push_now
from app.usecases.push.place_by_date import place_by_date
from app.usecases.store_invoice import store_invoice
from simulator.client import NORTHGATE
from tests import billing
from tests.connected import connect, now
from tests.crediting import credit

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = ("Priya Nair", None)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def live(app_context, simulator):
    """A company that is pushed to, without a start date."""
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def waiting(live):
    """A company that waits for its go-live."""
    begin_with(
        db.session.get_one(Connection, live.connection_id), Start(live=False, on=NOVEMBER), now()
    )
    db.session.commit()
    return live


def state_of(invoice_id):
    db.session.expire_all()
    return db.session.get_one(Invoice, invoice_id).sync_state


def voided_there(made):
    books = made.simulator.books(NORTHGATE)["invoices"]
    return [i["DocNumber"] for i in books if not Decimal(i["TotalAmt"])]


def test_what_a_disconnect_unlinked_is_looked_for_though_the_start_is_moved_past_it(live):
    early = live.bill("INV-1", "10.00", issue_date="2026-10-20")
    live.drain()
    disconnect(live.connection_id, *PRIYA, now())
    again = live.reconnect()
    move_start(again.connection_id, NOVEMBER, *PRIYA, now())
    assert state_of(early) == SyncState.WAITING
    again.void("INV-1")
    again.drain()
    assert voided_there(again) == ["INV-1"]


def test_what_perhaps_arrived_before_a_disconnect_is_looked_for_though_it_is_early(live):
    live.simulator.inject("reset", entity="Invoice", operation="create", when="after", nth=1)
    early = live.bill("INV-1", "10.00", issue_date="2026-10-20")
    live.drain()
    disconnect(live.connection_id, *PRIYA, now())
    assert state_of(early) == SyncState.UNLINKED
    again = live.reconnect()
    move_start(again.connection_id, NOVEMBER, *PRIYA, now())
    assert state_of(early) == SyncState.WAITING
    again.void("INV-1")
    again.drain()
    assert voided_there(again) == ["INV-1"]


def test_a_revision_after_a_reconnect_is_laid_beside_what_is_booked_though_it_is_early(live):
    early = live.bill("INV-1", "10.00", issue_date="2026-10-20")
    live.drain()
    move_start(live.connection_id, NOVEMBER, *PRIYA, now())
    disconnect(live.connection_id, *PRIYA, now())
    again = live.reconnect()
    again.revise("INV-1", "15.00", issue_date="2026-10-20")
    assert state_of(early) == SyncState.WAITING
    again.drain()
    assert again.problem("INV-1")["code"] == "changed_there"  # a person is asked, nothing is lost


def test_a_persons_hold_outlasts_a_start_date_moved_on_and_back(waiting):
    kept = waiting.bill("INV-1", "10.00", issue_date="2026-11-03")
    hold([kept], *PRIYA, now())
    for first in (date(2026, 12, 1), NOVEMBER):
        choose_start(waiting.connection_id, first, "auto", *PRIYA, now())
    go_live(waiting.connection_id, *PRIYA, now())
    waiting.drain()
    assert waiting.books() == {}
    assert state_of(kept) == SyncState.HELD


def test_documents_are_placed_by_the_date_that_holds_once_they_are_locked(live):
    kept = live.bill("INV-1", issue_date="2026-10-20")
    connection = db.session.get_one(Connection, live.connection_id)
    with db.engine.begin() as other:
        other.execute(text("UPDATE connection SET starts_on = '2026-11-01'"))
    place_by_date(connection, now())
    assert state_of(kept) == SyncState.NOT_SENT


def test_a_later_start_of_a_live_company_drops_nothing_of_the_history_people_chose(live):
    connection = db.session.get_one(Connection, live.connection_id)
    connection.history_from = date(2026, 1, 1)
    db.session.commit()
    for first, read_from in ((NOVEMBER, date(2026, 1, 1)), (date(2025, 6, 1), date(2025, 6, 1))):
        move_start(live.connection_id, first, *PRIYA, now())
        assert db.session.get_one(Connection, live.connection_id).history_from == read_from


def test_a_credit_note_kept_out_by_its_date_is_on_its_invoice_once_the_date_moves_back(waiting):
    waiting.bill("INV-1", "10.00", issue_date="2026-10-20")
    credit(waiting, "CN-1", "5.00", on={"INV-1": "6.00"}, issue_date="2026-10-21")
    note = db.session.query(CreditNote).one()
    assert note.sync_state == SyncState.NOT_SENT
    choose_start(waiting.connection_id, OCTOBER, "auto", *PRIYA, now())
    go_live(waiting.connection_id, *PRIYA, now())
    for _ in range(3):
        waiting.make_due()
        waiting.drain()
    db.session.expire_all()
    assert db.session.query(CreditApplication).one().sync_state == SyncState.PUSHED


def test_what_a_person_holds_waits_on_for_a_person_after_a_reconnect(live):
    kept, update = live.bill("INV-1", "10.00"), live.bill("INV-2", "20.00")
    hold([kept], *PRIYA, now())
    live.drain()
    live.edit_in_billing("INV-2", "25.00")
    hold([update], *PRIYA, now())
    disconnect(live.connection_id, *PRIYA, now())
    again = live.reconnect()
    again.drain()
    again.settle_down()
    again.drain()
    assert state_of(kept) == SyncState.HELD
    assert again.books() == {"INV-2": Decimal("24.00")}

    again.revise("INV-1", "15.00")
    assert state_of(kept) == SyncState.HELD
    push_now([kept], *PRIYA, now())
    again.drain()
    assert again.books()["INV-1"] == Decimal("18.00")


@pytest.mark.parametrize("moved", ["while it is stored", "before it is"])
def test_a_document_that_comes_while_the_date_is_moved_goes_by_the_new_one(app, live, moved):
    connection = db.session.get_one(Connection, live.connection_id)
    assert connection.starts_on is None  # read before it is moved, as a hook may have
    if moved == "before it is":
        in_a_thread(app, move_start, live.connection_id, NOVEMBER, *PRIYA, now()).join()
        kept = stored(live, "INV-1", issue_date="2026-10-20")
    else:
        kept = stored(live, "INV-1", issue_date="2026-10-20")
        mover = in_a_thread(app, move_start, live.connection_id, NOVEMBER, *PRIYA, now())
        mover.join(0.3)
    db.session.commit()
    if moved != "before it is":
        mover.join()
    assert state_of(kept) == SyncState.NOT_SENT


def in_a_thread(app, deed, *arguments):
    def alone():
        with app.app_context():
            deed(*arguments)

    thread = threading.Thread(target=alone)
    thread.start()
    return thread


def stored(made, number, **changes):
    """Store an invoice as a hook does, up to the commit; returns its id."""
    event = billing.finalised(id=f"inv_{number}", number=number, **changes)
    return store_invoice(made.workspace_id, read_event(event, now()), now()).id
