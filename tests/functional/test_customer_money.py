"""The customer's page tells received from given back, and whose invoices are owed."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.domain.perhaps_there import PERHAPS_THERE
from app.domain.problem import Missing, Problem
from app.extensions import db
from app.models import Connection, SettlementChange
from tests.books_there import NOW, TODAY, invoice_there, linked, payment_there
from tests.builders import a_connection, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of


@pytest.fixture
def connection_id(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def page(app, client, connection_id):
    """Return the customer's page as Priya reads it, once rows were made."""

    @contextmanager
    def made():
        with app.app_context():
            yield db.session.get_one(Connection, connection_id)
            db.session.commit()

    def read(make, path=""):
        with made() as connection:
            number = linked(connection).id
            make(connection)
        sign_in(client)
        return text_of(client.get(f"/customers/{number}{path}"))

    return read


def taken_off(connection, payment, invoice, amount, **more):
    values = {"outcome": "reversed", "cause": "deleted", "kind": "payment"} | more
    db.session.add(
        SettlementChange(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            payment_ledger_id=payment,
            invoice_ledger_id=invoice,
            before=Decimal(amount),
            **values,
        )
    )


def in_order(page, *words):
    timeline = page.partition("Timeline")[2]
    places = [timeline.find(one) for one in words]
    assert -1 not in places, timeline
    assert places == sorted(places), timeline


def test_what_was_given_back_is_not_counted_as_received(page):
    def make(connection):
        payment_there(connection, "1", "120.00")
        payment_there(connection, "2", "86.00", kind="refund", reference="R-86")

    shown = page(make)
    assert "Paid, last 90 days £120.00 1 payment £86.00 given back" in shown
    assert "Given back £86.00 R-86, from QuickBooks" in shown
    assert "Paid £86.00" not in shown


def test_what_is_owed_only_there_is_said_apart_each_invoice_once(page):
    def make(connection):
        an_invoice(connection, "540.00", at=NOW)
        late = {"due_date": TODAY - timedelta(days=3)}
        invoice_there(connection, "901", "500.00", number="HAND-1", **late)
        invoice_there(connection, "902", "280.00", number="HAND-2")
        invoice_there(connection, "903", "60.00", number="PERHAPS", **late)
        booked = an_invoice(connection, "75.00", at=NOW)
        a_link(booked, ledger_id="904")
        invoice_there(connection, "904", "75.00", number=booked.number)
        marked = an_invoice(connection, "31.00", "unconfirmed", at=NOW)
        invoice_there(connection, "905", "31.00", marker=f"Ledgerbridge {marked.external_id}")
        asked = Problem(
            code=PERHAPS_THERE,
            title="Perhaps there.",
            missing=(Missing(PERHAPS_THERE, "", "perhaps there"),),
            candidates=({"ledger_id": "903"},),
        )
        an_invoice(connection, "60.00", "blocked", at=NOW, problem=asked)
        invoice_there(connection, "906", "20.00", number="REFUSED")
        taken = replace(asked, code="number_taken", candidates=({"ledger_id": "906"},))
        an_invoice(connection, "20.00", "failed", at=NOW, problem=taken)
        invoice_there(connection, "907", "14.00", number="BEFORE")
        an_invoice(connection, "14.00", at=NOW).linked_before = "907"

    shown = page(make)
    more = "£780.00 more on 2 invoices only in QuickBooks, £500.00 overdue"
    assert f"Outstanding £740.00 None of it overdue {more}" in shown


def test_nothing_owed_in_billing_is_not_everything_paid(page):
    shown = page(lambda connection: invoice_there(connection, "901", "500.00"))
    assert "Everything is paid" not in shown
    assert "Nothing is owed on billing’s invoices £500.00 more on 1 invoice" in shown


def test_what_was_taken_back_names_its_invoice_and_amount(page):
    def make(connection):
        for ledger_id, number in (("301", "INV-301"), ("302", "INV-302")):
            invoice_there(connection, ledger_id, "540.00", number=number)
        gone = {"deleted": True, "updated_there_at": NOW}
        payment_there(connection, "41", "100.00", **gone)
        taken_off(connection, "41", "301", "100.00")
        payment_there(connection, "42", "0.00", kind="credit", **gone)
        taken_off(connection, "42", "302", "36.00", kind="credit")

    shown = page(make)
    assert "Payment of £100.00 taken back for INV-301, from QuickBooks" in shown
    assert "Credit of £36.00 taken off INV-302 from QuickBooks" in shown


def test_what_has_a_day_only_comes_below_what_has_a_time(page):
    yesterday = NOW - timedelta(days=1)

    def make(connection):
        an_invoice(connection, "540.00", at=yesterday, number="INV-YESTERDAY")
        there = {"received_on": yesterday.date(), "updated_there_at": NOW}
        payment_there(connection, "1", "120.00", **there)

    in_order(page(make), "INV-YESTERDAY finalised", "Paid £120.00")


def test_a_payment_written_down_on_its_day_is_placed_by_that_moment(page):
    def make(connection):
        an_invoice(connection, "540.00", at=NOW - timedelta(seconds=1), number="INV-BEFORE")
        here = NOW.astimezone(ZoneInfo("Europe/London")).date()
        payment_there(connection, "1", "120.00", received_on=here)
        an_invoice(connection, "9.00", at=NOW + timedelta(hours=1), number="INV-LATER")

    in_order(page(make), "INV-LATER finalised", "Paid £120.00", "INV-BEFORE finalised")


def test_earlier_lines_can_be_asked_for(page):
    def make(connection):
        for count in range(25):
            received = TODAY - timedelta(days=count)
            payment_there(connection, str(count), f"{count + 1}.00", received_on=received)

    assert "Paid £25.00" not in (shown := page(make))
    assert "Show earlier" in shown


def test_all_of_them_are_shown_when_asked(page):
    def make(connection):
        for count in range(25):
            received = TODAY - timedelta(days=count)
            payment_there(connection, str(count), f"{count + 1}.00", received_on=received)

    assert "Paid £25.00" in (shown := page(make, "?shown=40"))
    assert "Show earlier" not in shown
