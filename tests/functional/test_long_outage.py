"""The bridge stood still for weeks: it comes back, reads what happened, and loses nothing."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.domain.reading import BookKind, Reason
from app.extensions import db
from app.ledgers.errors import Unavailable
from app.ledgers.quickbooks import changes as feed
from app.ledgers.quickbooks import portions
from app.models import (
    Connection,
    Invoice,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    OutboundEvent,
    Reading,
)
from app.usecases.book.pull import pull
from app.usecases.book.reading import Turn
from simulator.client import NORTHGATE
from tests.back import drained, in_turn
from tests.connected import connect, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """Eight booked invoices, the second and third of them paid, and an empty meter."""
    made = connect(simulator)
    made.map_all()
    for number in numbers(8):
        made.bill(number)
    drained(made)
    for number in ("INV-0002", "INV-0003"):
        pay(made, number)
    simulator.advance_clock(days=1)  # what is old is not read again as what is just over
    brought_back(made)
    simulator.reset_counters()
    return made


def brought_back(northgate, turn=None, **later):
    """Pull, by the simulator's clock."""
    then = datetime.fromisoformat(northgate.simulator.call("GET", "/clock")["now"])
    return in_turn(lambda: pull(northgate.connection_id, then + timedelta(**later), turn))


def pay(northgate, number, amount="540.00"):
    booked = northgate.booked(number)
    customer = booked["CustomerRef"]["value"]
    return northgate.simulator.record_payment(
        NORTHGATE, customer, [(booked["Id"], amount)], ref=f"BACS-{number}"
    )


def payment_on(northgate, number):
    booked = northgate.booked(number)
    [link] = [one for one in booked["LinkedTxn"] if one["TxnType"] == "Payment"]
    return link["TxnId"]


def weeks_pass(northgate):
    """Let the bookkeeper make some sixty changes over forty days, half of them long ago."""
    keeper = northgate.simulator
    keeper.advance_clock(days=5)
    keeper.delete(NORTHGATE, "payments", payment_on(northgate, "INV-0002"))
    keeper.void(NORTHGATE, "payments", payment_on(northgate, "INV-0003"))
    keeper.delete(NORTHGATE, "invoices", northgate.booked("INV-0004")["Id"])
    keeper.void(NORTHGATE, "invoices", northgate.booked("INV-0005")["Id"])
    pay(northgate, "INV-0006")
    for number in range(25):
        keeper.create(NORTHGATE, "customers", DisplayName=f"Customer {number} Ltd")
    keeper.advance_clock(days=35)
    pay(northgate, "INV-0007", "40.00")
    customer = northgate.booked("INV-0001")["CustomerRef"]["value"]
    for number in range(25):
        keeper.record_payment(NORTHGATE, customer, [], total="1.00", ref=f"OVER-{number}")
    for number in range(5):
        northgate.book_by_hand(f"HAND-{number}", "10.00")


def standings():
    rows = db.session.execute(
        select(Invoice.number, Invoice.status, Invoice.balance, Invoice.sync_state).order_by(
            Invoice.number
        )
    ).all()
    db.session.commit()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def told():
    rows = db.session.scalars(
        select(OutboundEvent.type)
        .where(OutboundEvent.type.not_in(["invoice.pushed"]))
        .order_by(OutboundEvent.id)
    )
    return list(rows)


def healed():
    """What must be so after those weeks."""
    owed, paid = ("open", Decimal(540), "pushed"), ("paid", Decimal(0), "pushed")
    return {
        "INV-0001": owed,
        "INV-0002": owed,
        "INV-0003": owed,
        "INV-0004": ("open", Decimal(540), "deleted_there"),
        "INV-0005": ("open", Decimal(540), "voided"),
        "INV-0006": paid,
        "INV-0007": ("part_paid", Decimal(500), "pushed"),
        "INV-0008": owed,
    }


def cursor(northgate):
    found = db.session.scalars(
        select(Connection.pull_cursor).where(Connection.id == northgate.connection_id)
    ).one()
    db.session.commit()
    return found


def count(model, *which):
    found = db.session.scalar(select(func.count()).select_from(model).where(*which))
    db.session.commit()
    return found


def statements(simulator):
    return [one["statement"] for one in simulator.requests(NORTHGATE) if one["statement"]]


def test_forty_days_away_are_healed_deletions_and_all(northgate, simulator, monkeypatch):
    monkeypatch.setattr(portions, "ROWS", 10)
    weeks_pass(northgate)
    before = told()
    pulled = brought_back(northgate)
    assert pulled.done
    assert standings() == healed()
    assert sorted(told()[len(before) :]) == [
        "invoice.paid",
        "invoice.part_paid",
        *["invoice.payment_reversed"] * 2,
        *["invoice.voided_in_ledger"] * 2,
    ]
    assert count(LedgerInvoiceRow, LedgerInvoiceRow.number.like("HAND-%")) == 5
    assert count(LedgerPaymentRow, LedgerPaymentRow.reference.like("OVER-%")) == 25
    assert count(LedgerCustomerRow, LedgerCustomerRow.name.like("Customer %")) == 25
    assert count(LedgerPaymentRow, LedgerPaymentRow.deleted) == 1
    counted = simulator.counters(NORTHGATE)
    assert counted["by_operation"]["cdc.cdc"] == 1
    assert counted["metered"] == 1 + db.session.scalar(select(func.sum(Reading.calls))) < 20


def test_a_reader_that_is_stopped_goes_on_where_it_stood(northgate, simulator, monkeypatch):
    monkeypatch.setattr(portions, "ROWS", 10)
    weeks_pass(northgate)
    started_at = cursor(northgate)
    simulator.inject("reset", operation="query", nth=4)
    with pytest.raises(Unavailable):
        brought_back(northgate)
    db.session.rollback()
    assert cursor(northgate) == started_at
    read = statements(simulator)[:-1]  # the last had no answer
    simulator.reset_counters()
    assert brought_back(northgate).done
    assert standings() == healed()
    assert set(read).isdisjoint(statements(simulator))
    assert len(read) == 3


def test_a_turn_that_is_over_leaves_the_rest_to_the_next(northgate, simulator, monkeypatch):
    monkeypatch.setattr(portions, "ROWS", 10)
    weeks_pass(northgate)
    before, turns = cursor(northgate), 1
    while not brought_back(northgate, Turn(pages=3)).done:
        assert cursor(northgate) == before
        turns += 1
        assert turns < 20
    assert turns > 3
    assert standings() == healed()
    assert cursor(northgate) > before + timedelta(days=39)


def live_payments():
    row = LedgerPaymentRow
    return list(db.session.scalars(select(row.reference).where(~row.deleted).order_by(row.id)))


def test_who_waits_is_let_in_between_two_pages(northgate, monkeypatch):
    monkeypatch.setattr(portions, "ROWS", 10)
    weeks_pass(northgate)
    turn = Turn(lambda: True)
    assert not brought_back(northgate, turn).done
    assert sum(row.calls for row in db.session.scalars(select(Reading))) == 1


def test_a_feed_cut_off_hides_no_deletion_for_long(northgate, simulator, monkeypatch):
    simulator.delete(NORTHGATE, "payments", payment_on(northgate, "INV-0002"))
    simulator.delete(NORTHGATE, "invoices", northgate.booked("INV-0004")["Id"])
    pay(northgate, "INV-0006")
    # Cut off, the feed shows the first of what is there and never comes to what is not.
    with monkeypatch.context() as cut_off:
        cut_off.setattr(feed, "MOST", 1)
        cut_off.setattr(feed.reader, "is_deleted", lambda _: False)
        assert brought_back(northgate).done
    assert standings()["INV-0006"][0] == "paid"
    assert standings()["INV-0004"][2] == "pushed"
    # An invoice that is owed again says so itself; of one that is gone nothing is told.
    told = select(OutboundEvent.data).where(OutboundEvent.type == "invoice.payment_reversed")
    [heard] = db.session.scalars(told)
    assert (heard["number"], heard["payments"]) == ("INV-0002", [])
    assert live_payments() == ["BACS-INV-0003", "BACS-INV-0006"]
    brought_back(northgate, minutes=16)
    found = standings()
    assert found["INV-0002"] == ("open", Decimal(540), "pushed")
    assert found["INV-0004"][2] == "deleted_there"


def test_a_feed_cut_off_again_and_again_is_looked_behind_once(northgate, simulator, monkeypatch):
    monkeypatch.setattr(feed, "MOST", 1)
    for number in ("INV-0006", "INV-0007", "INV-0008"):
        pay(northgate, number)
        assert brought_back(northgate).done
        assert standings()[number][0] == "paid"
    catching_up = Reading.reason == Reason.CATCH_UP
    waiting = db.session.scalars(select(Reading).where(catching_up, Reading.finished_at.is_(None)))
    assert sorted(row.kind for row in waiting) == ["invoice", "payment"]
    assert "Id IN" not in " ".join(statements(simulator))


def test_an_outage_looks_for_what_a_feed_cut_off_left_to_be_looked_for(northgate, monkeypatch):
    northgate.book_by_hand("HAND-BEFORE", "10.00")
    with monkeypatch.context() as cut_off:
        cut_off.setattr(feed, "MOST", 1)
        brought_back(northgate)
    assert count(Reading, Reading.due_at.is_not(None)) == 1
    weeks_pass(northgate)
    assert brought_back(northgate).done
    assert standings() == healed()
    assert count(Reading, Reading.due_at.is_not(None)) == 0
    assert sum("Id IN" in one for one in statements(northgate.simulator)) == 2


def test_a_broken_record_is_passed_over_and_said(northgate, simulator):
    booked = northgate.booked("INV-0008")
    simulator.edit(NORTHGATE, "invoices", booked["Id"], CustomerMemo={"value": "Seen"})
    simulator.call("POST", f"/books/{NORTHGATE}/invoices/{booked['Id']}/break")
    pay(northgate, "INV-0006")
    before = cursor(northgate)
    assert brought_back(northgate).done
    assert standings()["INV-0006"][0] == "paid"
    assert cursor(northgate) > before
    rows = db.session.scalars(select(Reading).where(Reading.reason == Reason.CATCH_UP)).all()
    assert {(row.kind, one) for row in rows for one in row.unreadable} == {
        (BookKind.INVOICE, booked["Id"])
    }


def test_a_check_takes_nothing_for_deleted_that_is_there(northgate, simulator, monkeypatch):
    weeks_pass(northgate)
    simulator.inject(
        "answer",
        operation="query",
        contains="Id IN",
        status=200,
        body='{"QueryResponse":{},"time":"2026-11-20T03:04:05.123-08:00"}',
        times=None,
    )
    brought_back(northgate)
    assert standings() == healed()


def test_credit_notes_made_meanwhile_come_too(northgate, simulator):
    line = {
        "Amount": 100,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "6"}},
    }
    customer = northgate.booked("INV-0001")["CustomerRef"]
    simulator.advance_clock(days=2)
    memo = simulator.create(NORTHGATE, "credit-memos", CustomerRef=customer, Line=[line])
    simulator.advance_clock(days=38)
    brought_back(northgate)
    assert count(LedgerCreditRow, LedgerCreditRow.ledger_id == memo["Id"]) == 1
