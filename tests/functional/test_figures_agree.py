"""Overview and reconciliation: counted is what agrees, pushed is what we created, and by whom."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.going_live import stays_in_billing
from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import Connection, Mail
from app.models.scope import enter_workspace
from app.queries import overview
from app.queries.api_lists import list_reconciliations
from app.usecases.reconciliation.reconcile import reconcile
from tests.builders import (
    a_check,
    a_connection,
    a_creation,
    a_difference,
    a_link,
    a_person,
    a_push,
    a_workspace,
    an_invoice,
)
from tests.connected import connect
from tests.visitor import Visitor, text_of


def amounts(count, total):
    return {"count": count, "total": total, "tax": "0", "owed": total}


def figures(**pounds):
    stored = {
        "ours": amounts(13, "1842.65"), "theirs": amounts(13, "2070.65"),
        "known": amounts(0, "228"), "resolve": amounts(0, "0"), "findings": 0, "gross": "0",
        "causes": {"before_start": amounts(1, "-12"), "by_hand": amounts(1, "240")},
    }  # fmt: skip
    return {"currencies": {"GBP": stored | pounds}}


@pytest.fixture
def connection(app):
    """A company in use, whose workspace has Priya in it and one invoice that we booked."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        made = a_connection(workspace)
        a_link(an_invoice(made))
        db.session.commit()
        enter_workspace(db.session, workspace.id)
        yield made


@pytest.mark.parametrize("stored", [{}, {"agreed": amounts(12, "1830.65")}])
def test_what_is_known_is_not_among_what_agrees(client, connection, stored):
    a_check(connection, figures=figures(**stored), our_count=13, our_total=Decimal("1842.65"))
    db.session.commit()
    priya = Visitor(client)
    page = text_of(priya.get("/reconciliation"))
    known = "1 dated before the start date, £12.00 and 1 created by hand in QuickBooks, £240.00"
    assert "12 invoices, £1,830.65, agree to the penny between billing and" in page
    assert f"Known, and not among them: {known}." in page
    assert "In billing only: 1 dated before the start date, £12.00. See them" in page
    assert "Do not push" not in page
    home = text_of(priya.get("/"))
    assert f"The books agree with billing, apart from what is known: {known}." in home
    assert "Every finalised invoice is in the ledger" not in home


def test_the_second_check_of_a_day_leads_to_the_mail_of_the_first(client, connection):
    told = Mail(workspace_id=connection.workspace_id, recipients=["a@b.example"], subject="x",
                body_text="x", body_html="x", due_at=datetime.now(UTC))  # fmt: skip
    db.session.add(told)
    db.session.flush()
    now = datetime.now(UTC)
    a_check(connection, figures=figures() | {"mail_id": told.id}, started_at=now)
    a_check(connection, figures=figures(), started_at=now + timedelta(milliseconds=1))
    db.session.commit()
    assert f"/mailbox/{told.id}" in Visitor(client).get("/reconciliation").text


def test_pushed_today_is_what_we_created_whatever_became_of_it(connection):
    a_creation(an_invoice(connection, "100.00"))  # its link is gone: disconnected, say
    a_creation(an_invoice(connection, "20.00", SyncState.VOIDED))
    linked = an_invoice(connection, "240.00")
    a_push(linked, PushState.DONE, finished_at=linked.finalised_at)
    a_link(linked)
    pushed = overview.pushed_since(datetime.now(UTC) - timedelta(days=1))
    assert (pushed.count, pushed.sums) == (2, {"GBP": Decimal("120.00")})


def test_a_disconnected_companys_checks_and_figures_stay_readable(client, connection):
    booked = an_invoice(connection, "100.00", SyncState.UNLINKED)
    a_creation(booked)
    a_check(connection, figures=figures())
    connection.state = "disconnected"
    db.session.commit()
    priya = Visitor(client)
    home = text_of(priya.get("/"))
    assert "Pushed today £100.00 1 invoice" in home
    assert "The books were not compared yet" not in home
    [day] = [one for one in overview.last_days(datetime.now(UTC).date(), "GBP") if one.in_ledger]
    assert day.in_ledger >= Decimal("100.00")
    page = priya.get("/reconciliation")
    assert "is disconnected This is what the last check found" in text_of(page)
    assert "12 invoices, £1,830.65, agree" in text_of(page)
    assert "Check again now" not in text_of(page)
    priya.post(f"/reconciliation/run?connection={connection.id}")
    [check] = overview.latest_checks().values()  # none was asked for
    assert check.verdict == "square"
    assert "Checking now" not in text_of(priya.get("/reconciliation"))


def test_one_before_the_start_date_is_named_so_and_not_as_an_opt_out(app_context, simulator):
    northgate = connect(simulator)
    connection = db.session.get_one(Connection, northgate.connection_id)
    today = datetime.now(UTC).date()
    early = an_invoice(connection, "12.00", SyncState.NOT_SENT,
                       problem=stays_in_billing(today, "QuickBooks"))  # fmt: skip
    an_invoice(connection, "7.00", SyncState.NOT_SENT)
    db.session.commit()
    reconcile(connection.id, "command", datetime.now(UTC))
    enter_workspace(db.session, connection.workspace_id)
    [check] = overview.latest_checks().values()
    pounds = check.figures["currencies"]["GBP"]
    assert early.id
    assert {cause: sums["total"] for cause, sums in pounds["causes"].items()} == {
        "before_start": "-12",
        "not_sent": "-7",
    }
    assert pounds["agreed"]["count"] == 0


def test_what_was_voided_there_says_what_ends_it(client, connection):
    gone = an_invoice(connection, "132.00", SyncState.VOIDED, url="https://billing.example/1")
    check = a_check(connection, "differs", figures=figures())
    a_difference(check, "-132.00", kind="voided_there", invoice_id=gone.id)
    db.session.commit()
    page = Visitor(client).get("/reconciliation")
    assert "Void it in billing too, or make a new one in billing; or leave it as it is." in text_of(
        page
    )
    assert 'href="https://billing.example/1"' in page.text


def test_sync_state_does_not_say_that_what_is_left_out_is_there(client, connection):
    an_invoice(connection, "12.00", SyncState.NOT_SENT)
    db.session.commit()
    page = text_of(Visitor(client).get("/sync-state"))
    assert "Everything finalised is in QuickBooks or left out on purpose." in page


def test_what_was_changed_there_since_a_square_check_is_said_beside_it(client, connection):
    a_check(connection, figures=figures())
    an_invoice(connection, "132.00", SyncState.DIFFERS)
    db.session.commit()
    home = text_of(Visitor(client).get("/"))
    assert "Reconciliation Not square" in home
    assert "1 invoice was changed in QuickBooks since; the next check counts it." in home


def test_the_api_parts_what_agrees_from_what_is_known(connection):
    a_check(connection, figures=figures())
    [[shown], _] = list_reconciliations(connection.workspace_id, None, None, 9)
    assert shown["agreed"] == {"count": 12, "total": "1830.65"}
    assert shown["known"] == [
        {"cause": "before_start", "count": 1, "difference": "-12.00"},
        {"cause": "by_hand", "count": 1, "difference": "240.00"},
    ]


def test_the_page_of_one_that_is_left_out_promises_no_sending(client, connection):
    problem = stays_in_billing(datetime.now(UTC).date(), "QuickBooks")
    early = an_invoice(connection, "12.00", SyncState.NOT_SENT, problem=problem)
    db.session.commit()
    page = text_of(Visitor(client).get(f"/invoices/{early.id}"))
    assert "What would be sent" in page
    assert "What we will send" not in page
    assert "left out of reconciliation" not in page
    assert "reconciliation counts it as known" in page
