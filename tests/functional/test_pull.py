"""What the bookkeeper does in the ledger comes back to billing, once, whatever the notices did."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.ledgers.errors import Unavailable
from app.models import (
    Connection,
    DocumentLink,
    Invoice,
    LedgerInvoiceRow,
    LedgerSettlementRow,
    OutboundEvent,
)
from app.usecases.book import pull as pulling
from app.usecases.book.pull import pull
from simulator.client import NORTHGATE
from tests.back import brought_back, drained, in_turn
from tests.connected import connect

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """Two booked invoices of Oak & Ash Ltd over 540.00 and 240.00, and an empty meter."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-2041")
    made.bill("INV-2042", net="200.00")
    drained(made)
    brought_back(made)
    simulator.reset_counters()
    return made


def standing(number):
    invoice = db.session.scalars(
        select(Invoice).where(Invoice.number == number).execution_options(populate_existing=True)
    ).one()
    db.session.commit()
    return invoice.status, invoice.balance, invoice.sync_state


def told():
    """Return the events billing must hear about payments, oldest first."""
    rows = db.session.scalars(
        select(OutboundEvent.type)
        .where(OutboundEvent.type.not_in(["invoice.pushed"]))
        .order_by(OutboundEvent.id)
    )
    return list(rows)


def pay(northgate, *lines, ref="BACS-7781"):
    """Record a payment over [(number, amount)]; returns the ledger's payment."""
    booked = {number: northgate.booked(number) for number, _ in lines}
    customer = next(iter(booked.values()))["CustomerRef"]["value"]
    applied = [(booked[number]["Id"], amount) for number, amount in lines]
    return northgate.simulator.record_payment(NORTHGATE, customer, applied, ref=ref)


def test_a_part_payment_leaves_the_rest_open(northgate, simulator):
    pay(northgate, ("INV-2041", "120.00"))
    brought_back(northgate)
    assert standing("INV-2041") == ("part_paid", Decimal("420.00"), "pushed")
    assert told() == ["invoice.part_paid"]
    assert simulator.counters(NORTHGATE)["metered"] == 1


def test_billing_hears_which_payment_it_was(northgate):
    payment = pay(northgate, ("INV-2041", "120.00"))
    brought_back(northgate)
    event = db.session.scalars(select(OutboundEvent).where(OutboundEvent.type.like("%paid"))).one()
    [part] = event.data["payments"]
    assert part["ledger_id"] == payment["Id"]
    assert (part["amount"], part["reference"]) == ("120.00", "BACS-7781")
    assert (event.data["balance"], event.data["status"]) == ("420.00", "part_paid")


def test_one_payment_over_two_invoices_is_one_settlement_each(northgate):
    pay(northgate, ("INV-2041", "540.00"), ("INV-2042", "40.00"))
    brought_back(northgate)
    assert standing("INV-2041") == ("paid", Decimal(0), "pushed")
    assert standing("INV-2042") == ("part_paid", Decimal("200.00"), "pushed")
    amounts = db.session.scalars(select(LedgerSettlementRow.amount)).all()
    assert sorted(amounts) == [Decimal("40.00"), Decimal("540.00")]


def test_lines_left_out_of_an_edited_payment_are_unapplied(northgate):
    payment = pay(northgate, ("INV-2041", "540.00"), ("INV-2042", "40.00"))
    brought_back(northgate)
    kept = [line for line in payment["Line"] if line["Amount"] == 540]
    northgate.simulator.edit(NORTHGATE, "payments", payment["Id"], Line=kept)
    brought_back(northgate)
    assert standing("INV-2041") == ("paid", Decimal(0), "pushed")
    assert standing("INV-2042") == ("open", Decimal("240.00"), "pushed")
    assert told()[-1] == "invoice.payment_reversed"


@pytest.mark.parametrize("deed", ["void", "delete"])
def test_a_payment_taken_back_opens_the_invoice_again(northgate, deed):
    payment = pay(northgate, ("INV-2041", "540.00"))
    brought_back(northgate)
    getattr(northgate.simulator, deed)(NORTHGATE, "payments", payment["Id"])
    brought_back(northgate)
    assert standing("INV-2041") == ("open", Decimal("540.00"), "pushed")
    assert told() == ["invoice.paid", "invoice.payment_reversed"]
    assert db.session.scalar(select(func.count()).select_from(LedgerSettlementRow)) == 0


def test_a_credit_note_applied_settles_like_money(northgate, simulator):
    invoice = northgate.booked("INV-2041")
    credit = simulator.create(
        NORTHGATE,
        "credit-memos",
        CustomerRef=invoice["CustomerRef"],
        GlobalTaxCalculation="TaxExcluded",
        Line=[line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail"],
    )
    simulator.record_payment(
        NORTHGATE,
        invoice["CustomerRef"]["value"],
        [(invoice["Id"], "540.00")],
        credits=[(credit["Id"], "540.00")],
        total="0",
    )
    brought_back(northgate)
    assert standing("INV-2041") == ("paid", Decimal(0), "pushed")


@pytest.mark.parametrize(("deed", "state"), [("void", "voided"), ("delete", "deleted_there")])
def test_an_invoice_gone_from_the_ledger_stays_open_in_billing_and_says_so(northgate, deed, state):
    getattr(northgate.simulator, deed)(NORTHGATE, "invoices", northgate.booked("INV-2041")["Id"])
    brought_back(northgate)
    assert standing("INV-2041") == ("open", Decimal("540.00"), state)
    assert told() == ["invoice.voided_in_ledger"]
    assert "QuickBooks" in northgate.problem("INV-2041")["title"]


def test_an_amount_changed_in_the_ledger_is_a_difference_not_the_new_truth(northgate):
    booked = northgate.booked("INV-2041")
    [line] = [each for each in booked["Line"] if each["DetailType"] == "SalesItemLineDetail"]
    detail = line["SalesItemLineDetail"] | {"Qty": 1, "UnitPrice": Decimal("250.00")}
    changed = line | {"Amount": Decimal("250.00"), "SalesItemLineDetail": detail}
    northgate.simulator.edit(NORTHGATE, "invoices", booked["Id"], Line=[changed])
    brought_back(northgate)
    assert standing("INV-2041")[2] == "differs"
    assert "£300.00" in northgate.problem("INV-2041")["title"]
    link = db.session.scalars(select(DocumentLink).where(DocumentLink.number == "INV-2041")).one()
    assert link.ledger_total == Decimal("300.00")


def test_reading_the_same_again_tells_billing_nothing_new(northgate):
    pay(northgate, ("INV-2041", "120.00"))
    for _ in range(3):
        brought_back(northgate)
    assert told() == ["invoice.part_paid"]


def test_an_older_state_never_replaces_a_newer_one(northgate):
    stale = datetime.now(UTC) - timedelta(minutes=1)
    pay(northgate, ("INV-2041", "120.00"))
    brought_back(northgate)
    row = db.session.scalars(
        select(LedgerInvoiceRow).where(LedgerInvoiceRow.number == "INV-2041")
    ).one()
    row.updated_there_at = datetime.now(UTC) + timedelta(minutes=1)
    row.balance = Decimal("11.00")
    db.session.commit()
    in_turn(lambda: pull(northgate.connection_id, stale))
    db.session.refresh(row)
    assert row.balance == Decimal("11.00")


def test_a_payment_pulled_before_our_own_answer_was_recorded_is_not_lost(northgate):
    link = db.session.scalars(select(DocumentLink).where(DocumentLink.number == "INV-2041")).one()
    kept = {c.name: getattr(link, c.name) for c in DocumentLink.__table__.columns if c.name != "id"}
    db.session.delete(link)
    db.session.commit()
    pay(northgate, ("INV-2041", "120.00"))
    brought_back(northgate)
    db.session.add(DocumentLink(**kept | {"pushed_at": datetime.now(UTC)}))
    db.session.commit()
    brought_back(northgate)
    assert standing("INV-2041") == ("part_paid", Decimal("420.00"), "pushed")


def test_a_pull_that_fails_leaves_the_cursor_and_the_wish(northgate, simulator):
    connection = db.session.get_one(Connection, northgate.connection_id)
    before = connection.pull_cursor
    connection.pull_wanted_at = datetime.now(UTC)
    db.session.commit()
    simulator.inject("unavailable", entity="cdc", times=None)
    pay(northgate, ("INV-2041", "120.00"))
    with pytest.raises(Unavailable):
        brought_back(northgate)
    db.session.rollback()
    db.session.refresh(connection)
    assert (connection.pull_cursor, connection.pull_wanted_at is None) == (before, False)
    simulator.clear_faults()
    brought_back(northgate)
    assert standing("INV-2041")[1] == Decimal("420.00")


def test_a_notice_that_came_during_a_pull_stays_wanted(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    started = datetime.now(UTC)
    connection.pull_wanted_at = started + timedelta(seconds=1)
    db.session.commit()
    in_turn(lambda: pull(northgate.connection_id, started))
    db.session.refresh(connection)
    assert connection.pull_wanted_at is not None


def test_forty_days_away_are_healed_by_reading_pages(northgate, simulator):
    pay(northgate, ("INV-2041", "540.00"))
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.pull_cursor = datetime.now(UTC) - timedelta(days=40)
    db.session.commit()
    brought_back(northgate)
    assert standing("INV-2041") == ("paid", Decimal(0), "pushed")


def test_a_pull_killed_between_two_portions_forgets_no_invoice(northgate, monkeypatch):
    """Where a payment does not show on its invoice in the feed, nothing tells of it again."""
    pay(northgate, ("INV-2041", "540.00"))
    pay(northgate, ("INV-2042", "240.00"))
    monkeypatch.setattr(pulling, "_AT_ONCE", 1)
    monkeypatch.setattr(pulling, "_held_together", lambda changes: replace(changes, invoices=()))
    with monkeypatch.context() as killing:
        killing.setattr(pulling, "settle_lately_linked", killed)
        with pytest.raises(KeyboardInterrupt):
            brought_back(northgate)
    db.session.rollback()
    brought_back(northgate)
    assert standing("INV-2041")[0] == standing("INV-2042")[0] == "paid"


def killed(*_):
    raise KeyboardInterrupt
