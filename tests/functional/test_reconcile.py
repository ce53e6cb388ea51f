"""The daily comparison against the simulator's books: every difference named, no false alarm."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import (
    Connection,
    DocumentLink,
    Drift,
    Invoice,
    LedgerInvoiceRow,
    Mail,
    OutboundEvent,
    Reconciliation,
    User,
    Workspace,
)
from app.usecases.reconciliation.drifts import accept
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE
from tests.back import drained
from tests.connected import connect

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """Three booked invoices: 540.00, 240.00 and 120.00; and somebody who reads e-mails."""
    made = connect(simulator)
    made.map_all()
    today = datetime.now(UTC).date().isoformat()
    for number, net in (("INV-2041", "450.00"), ("INV-2042", "200.00"), ("INV-2043", "100.00")):
        made.bill(number, net=net, issue_date=today)
    drained(made)
    db.session.add(
        User(
            workspace_id=made.workspace_id,
            email="priya@northgate.example",
            name="Priya Nair",
            password_hash="-",
            role="finance",
        )
    )
    db.session.commit()
    return made


def checked(northgate, trigger="command"):
    run_id = reconcile(northgate.connection_id, trigger, datetime.now(UTC))
    db.session.expire_all()
    return db.session.get_one(Reconciliation, run_id)


def drifts(*, closed=False):
    found = db.session.scalars(select(Drift).order_by(Drift.id))
    return {
        (drift.kind, drift.number, drift.amount)
        for drift in found
        if closed == bool(drift.closed_at)
    }


def pounds(run):
    return run.figures["currencies"]["GBP"]


def ledger_id(northgate, number):
    return northgate.booked(number)["Id"]


def test_two_books_that_agree_are_square(northgate, simulator):
    simulator.reset_counters()
    run = checked(northgate)
    assert (run.verdict, run.error) == ("square", None)
    assert (run.our_count, run.our_total) == (3, Decimal("900.00"))
    assert (run.ledger_count, run.ledger_total) == (3, Decimal("900.00"))
    assert drifts() == set()
    assert simulator.counters(NORTHGATE)["metered"] == 2


def test_an_invoice_voided_in_the_ledger_is_named(northgate):
    northgate.simulator.void(NORTHGATE, "invoices", ledger_id(northgate, "INV-2042"))
    run = checked(northgate)
    assert run.verdict == "differs"
    assert drifts() == {("voided_there", "INV-2042", Decimal("-240.00"))}
    [drift] = db.session.scalars(select(Drift))
    assert (drift.ours, drift.theirs) == ("£240.00", "Voided")
    assert drift.explanation.startswith("Voided in QuickBooks on ")


def test_an_invoice_deleted_in_the_ledger_is_named(northgate):
    northgate.simulator.delete(NORTHGATE, "invoices", ledger_id(northgate, "INV-2042"))
    assert checked(northgate).verdict == "differs"
    assert drifts() == {("deleted_there", "INV-2042", Decimal("-240.00"))}


def test_an_invoice_the_ledger_lost_without_a_trace_is_missing(northgate):
    checked(northgate)
    link = db.session.scalars(select(DocumentLink).where(DocumentLink.number == "INV-2042")).one()
    db.session.execute(
        update(LedgerInvoiceRow)
        .where(LedgerInvoiceRow.ledger_id == link.ledger_id)
        .values(ledger_id="99999")
    )
    northgate.simulator.delete(NORTHGATE, "invoices", link.ledger_id)
    link.ledger_id = "99999"
    db.session.commit()
    assert checked(northgate).verdict == "differs"
    assert drifts() == {("missing_there", "INV-2042", Decimal("-240.00"))}


def test_an_amount_changed_in_the_ledger_is_named(northgate):
    booked = northgate.booked("INV-2041")
    [line] = [each for each in booked["Line"] if each["DetailType"] == "SalesItemLineDetail"]
    detail = line["SalesItemLineDetail"] | {"Qty": 1, "UnitPrice": Decimal("250.00")}
    changed = line | {"Amount": Decimal("250.00"), "SalesItemLineDetail": detail}
    northgate.simulator.edit(NORTHGATE, "invoices", booked["Id"], Line=[changed])
    run = checked(northgate)
    assert drifts() == {("amount", "INV-2041", Decimal("-240.00"))}
    assert pounds(run)["resolve"]["total"] == "-240"
    assert pounds(run)["resolve"]["tax"] == "-40"
    assert pounds(run)["resolve"]["owed"] == "-240"
    assert pounds(run)["ours"]["owed"] == pounds(run)["ours"]["total"] == "900"


def test_a_balance_billing_did_not_hear_of_is_named(northgate):
    checked(northgate)
    db.session.execute(
        update(Invoice).where(Invoice.number == "INV-2042").values(balance=0, status="paid")
    )
    later = datetime.now(UTC) + timedelta(minutes=10)  # as if its change had long been pulled
    db.session.get_one(Connection, northgate.connection_id).pull_cursor = later
    db.session.commit()
    assert checked(northgate).verdict == "differs"
    assert drifts() == {("balance", "INV-2042", Decimal("240.00"))}


def test_a_payment_recorded_a_moment_ago_is_pulled_and_no_difference(northgate):
    booked = northgate.booked("INV-2042")
    northgate.simulator.record_payment(
        NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "240.00")]
    )
    assert checked(northgate).verdict == "square"


def test_a_changed_number_is_named(northgate):
    northgate.simulator.edit(
        NORTHGATE, "invoices", ledger_id(northgate, "INV-2041"), DocNumber="A-1"
    )
    checked(northgate)
    assert drifts() == {("number", "INV-2041", Decimal(0))}


def test_an_invoice_typed_by_hand_is_listed_and_alarms_nobody(northgate):
    northgate.book_by_hand("1043", "250.00")
    run = checked(northgate)
    assert run.verdict == "square"
    [drift] = db.session.scalars(select(Drift))
    assert (drift.kind, drift.decision) == ("missing_here", "by_hand")
    assert pounds(run)["known"]["total"] == "300"


def test_a_number_of_billing_typed_into_the_ledger_by_hand_is_an_alarm(northgate):
    northgate.bill("INV-2044", code="NEW-1", issue_date=datetime.now(UTC).date().isoformat())
    northgate.drain()
    northgate.book_by_hand("INV-2044", "250.00")
    assert checked(northgate).verdict == "differs"
    assert drifts() == {("duplicate_number", "INV-2044", Decimal("300.00"))}


def test_what_waits_is_known_and_no_difference(northgate):
    northgate.bill(
        "INV-2044",
        code="NEW-1",
        name="Something new",
        issue_date=datetime.now(UTC).date().isoformat(),
    )
    northgate.drain()
    assert northgate.states()["INV-2044"] == "blocked"
    run = checked(northgate)
    assert run.verdict == "square"
    assert pounds(run)["causes"] == {
        "waiting": {"count": 1, "total": "-540", "tax": "-90", "owed": "-540"}
    }
    assert pounds(run)["known"]["total"] == "-540"


def test_difference_is_known_plus_to_resolve_to_the_penny(northgate):
    northgate.book_by_hand("1043", "250.00")
    northgate.simulator.void(NORTHGATE, "invoices", ledger_id(northgate, "INV-2042"))
    northgate.bill("INV-2044", code="NEW-1", issue_date=datetime.now(UTC).date().isoformat())
    northgate.drain()
    sums = pounds(checked(northgate))
    for figure in ("total", "tax", "owed"):
        theirs, ours = Decimal(sums["theirs"][figure]), Decimal(sums["ours"][figure])
        explained = Decimal(sums["known"][figure]) + Decimal(sums["resolve"][figure])
        assert theirs - ours == explained, figure


def test_a_difference_closes_only_when_a_later_check_no_longer_sees_it(northgate):
    identity = ledger_id(northgate, "INV-2041")
    northgate.simulator.edit(NORTHGATE, "invoices", identity, DocNumber="A-1")
    first = checked(northgate)
    second = checked(northgate)
    [drift] = db.session.scalars(select(Drift))
    assert (drift.opened_by_id, drift.seen_by_id, drift.closed_at) == (first.id, second.id, None)
    northgate.simulator.edit(NORTHGATE, "invoices", identity, DocNumber="INV-2041")
    assert checked(northgate).verdict == "square"
    assert drifts(closed=True) == {("number", "INV-2041", Decimal(0))}


def test_billing_hears_of_each_difference_once(northgate):
    northgate.simulator.void(NORTHGATE, "invoices", ledger_id(northgate, "INV-2042"))
    checked(northgate)
    checked(northgate)
    events = db.session.scalars(
        select(OutboundEvent).where(OutboundEvent.type == "drift.detected")
    ).all()
    assert [event.data["kind"] for event in events] == ["voided_there"]


def test_what_a_person_accepted_stays_quiet_until_it_changes(northgate):
    identity = ledger_id(northgate, "INV-2041")
    northgate.simulator.edit(NORTHGATE, "invoices", identity, DocNumber="A-1")
    checked(northgate)
    [drift] = db.session.scalars(select(Drift))
    accept(drift.id, "Priya Nair", None, datetime.now(UTC))
    assert checked(northgate).verdict == "square"
    northgate.simulator.edit(NORTHGATE, "invoices", identity, DocNumber="A-2")
    assert checked(northgate).verdict == "differs"
    db.session.refresh(drift)
    assert drift.decision is None


def test_an_old_difference_outside_the_window_is_not_forgotten(northgate):
    northgate.simulator.void(NORTHGATE, "invoices", ledger_id(northgate, "INV-2042"))
    checked(northgate)
    old = datetime.now(UTC).date() - timedelta(days=90)
    db.session.execute(
        update(Invoice)
        .where(Invoice.number == "INV-2042")
        .values(issue_date=old, status="paid", balance=0)
    )
    db.session.execute(
        update(LedgerInvoiceRow).where(LedgerInvoiceRow.number == "INV-2042").values(issue_date=old)
    )
    db.session.commit()
    checked(northgate)
    assert drifts() == {("voided_there", "INV-2042", Decimal("-240.00"))}


def test_a_ledger_that_does_not_answer_is_a_failed_check_with_a_sentence(northgate, simulator):
    simulator.inject("unavailable", entity="cdc", times=None)
    run = checked(northgate)
    assert run.verdict == "failed"
    assert run.error.startswith("QuickBooks")
    assert drifts() == set()


def test_a_permission_that_is_gone_is_a_failed_check_with_a_sentence(northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    run = checked(northgate)
    assert run.verdict == "failed"
    assert "Reconnect" in run.error
    assert db.session.get_one(Connection, northgate.connection_id).state == "broken"


def test_the_e_mail_is_the_report(northgate):
    northgate.simulator.void(NORTHGATE, "invoices", ledger_id(northgate, "INV-2042"))
    checked(northgate)
    [mail] = db.session.scalars(select(Mail))
    assert mail.recipients == ["priya@northgate.example"]
    assert mail.subject.startswith("Not square: £240.00 in 1 difference (QuickBooks, ")
    for part in (mail.body_text, mail.body_html):
        assert "INV-2042" in part
        assert "\u2212\u2060£240.00" in part
    for forbidden in ("<script", "<link", "<img", "flex", "None"):
        assert forbidden not in mail.body_html
    assert len(mail.body_html) < 20_000
    assert b"INV-2042" in mail.attachment


def test_a_square_day_is_one_line(northgate):
    checked(northgate)
    [mail] = db.session.scalars(select(Mail))
    assert mail.subject.startswith("All square: 3 invoices, £900.00 (QuickBooks, ")
    assert mail.attachment is None


def test_one_e_mail_a_day_however_often_somebody_checks(northgate):
    checked(northgate)
    checked(northgate, "person")
    checked(northgate, "clock")
    assert len(db.session.scalars(select(Mail)).all()) == 1


@pytest.mark.parametrize(("wish", "mails"), [("daily", 1), ("difference", 0), ("never", 0)])
def test_a_workspace_decides_which_e_mails_it_gets(northgate, wish, mails):
    db.session.get_one(Workspace, northgate.workspace_id).reconcile_mail = wish
    db.session.commit()
    checked(northgate)
    assert len(db.session.scalars(select(Mail)).all()) == mails


def test_an_invoice_pushed_during_the_check_is_no_difference(northgate):
    """The scan may have passed before it was booked: the link's own time decides."""
    link = db.session.scalars(select(DocumentLink).where(DocumentLink.number == "INV-2042")).one()
    db.session.execute(
        update(LedgerInvoiceRow)
        .where(LedgerInvoiceRow.ledger_id == link.ledger_id)
        .values(ledger_id="99999")
    )
    link.ledger_id = "99999"
    link.pushed_at = datetime.now(UTC) + timedelta(seconds=30)
    db.session.commit()
    checked(northgate)
    assert ("missing_there", "INV-2042", Decimal("-240.00")) not in drifts()
