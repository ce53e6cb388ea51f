"""What rings about a customer, and how the list of customers is narrowed and ordered."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import Connection, Grant, InvoiceLine, Service
from app.queries.customers import Wanted, page
from app.queries.not_billed import not_billed_of
from tests.books_there import invoice_there, linked
from tests.builders import (
    a_check,
    a_connection,
    a_difference,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.people import sign_in
from tests.visitor import text_of

TODAY = datetime.now(UTC).date()


@pytest.fixture
def connection_id(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def rows(app, connection_id):
    """Make rows beside a connection; they are committed at the end of the block."""

    @contextmanager
    def make():
        with app.app_context():
            yield db.session.get_one(Connection, connection_id)
            db.session.commit()

    return make


@pytest.fixture
def read(client, connection_id):
    """Read a page as Priya does."""
    sign_in(client)
    return lambda path: text_of(client.get(path))


def sold(connection, day, net="90.00", service="ARCH", tax="0", **more):
    """Invoice one service on a day; returns the customer's id."""
    invoice = an_invoice(connection, net, issue_date=day, **more)
    db.session.add(
        InvoiceLine(
            workspace_id=invoice.workspace_id,
            invoice_id=invoice.id,
            revision=1,
            position=1,
            external_id="1",
            service_code=service,
            description=service,
            quantity=Decimal(1),
            unit_price=Decimal(net),
            amount=Decimal(net),
            tax_amount=Decimal(tax),
        )
    )
    return invoice.customer_id


# --------------------------------------------------- service without invoice


MONTHS = [
    (date(2026, 10, 12), date(2026, 11, 15), False),  # three days' grace
    (date(2026, 10, 12), date(2026, 11, 16), True),
    (date(2026, 10, 12), date(2026, 12, 31), True),
    (date(2026, 10, 12), date(2027, 1, 1), False),  # it has ended
    (date(2026, 10, 31), date(2026, 12, 3), False),  # due on 30 November
    (date(2026, 10, 31), date(2026, 12, 4), True),
    (date(2026, 1, 31), date(2026, 3, 3), False),  # due on 28 February
    (date(2026, 1, 31), date(2026, 3, 4), True),
]


def test_a_service_is_missing_once_its_month_and_three_days_are_over(rows):
    with rows() as connection:
        for place, (last, today, missing) in enumerate(MONTHS):
            number = sold(connection, last, customer=f"Customer {place}")
            found = [one.last for one in not_billed_of(number, today)]
            assert found == ([last] if missing else []), (last, today)


def test_what_was_invoiced_again_is_not_missing_recurring_or_not(rows):
    today = date(2026, 11, 28)
    with rows() as connection:
        number = sold(connection, date(2026, 10, 12))
        sold(connection, date(2026, 11, 2), recurring=False)
        sold(connection, date(2026, 10, 12), service="ONCE", recurring=False)
        sold(connection, date(2026, 10, 12), service="FREE", net="0.00")
        assert not not_billed_of(number, today)


def test_a_void_invoice_invoices_nothing_and_a_gross_price_counts_net(rows):
    with rows() as connection:
        number = sold(connection, date(2026, 10, 12), "120.00", tax="20", prices="tax_inclusive")
        sold(connection, date(2026, 11, 2), status="void")
        db.session.add(
            Service(workspace_id=connection.workspace_id, code="ARCH", name="Mail archive")
        )
        [one] = not_billed_of(number, date(2026, 11, 28))
        assert (one.name, one.net, one.expected) == (
            "Mail archive",
            Decimal("100.00"),
            date(2026, 11, 12),
        )


def test_the_page_and_the_list_name_what_is_on_no_invoice(rows, read):
    last = TODAY - timedelta(days=36)
    with rows() as connection:
        number = sold(connection, last, "90.00")
        sold(connection, last, "10.00", "DNS")
        sold(connection, TODAY, customer="Invoiced again Ltd")

    said = read(f"/customers/{number}")

    assert "2 services are on no invoice this time, £100.00 a month net of tax." in said
    assert "ARCH (£90.00, last on " in said
    found = read("/customers?show=not-billed")
    assert "Oak & Ash Ltd" in found
    assert "Invoiced again Ltd" not in found


# --------------------------------------------------- differences, permissions


def test_differences_of_the_customers_documents_are_summed_and_lead_to_reconciliation(rows, read):
    with rows() as connection:
        number = linked(connection).id
        mine, other = an_invoice(connection), an_invoice(connection, customer="Another Ltd")
        check = a_check(connection)
        a_difference(check, "-216.00", invoice_id=mine.id, number="INV-1")
        a_difference(check, "-50.00", invoice_id=other.id, number="INV-2")
        a_difference(check, "-9.00", invoice_id=mine.id, number="INV-3", decision="accepted")
        invoice_there(connection, "901", "16.00", number="HAND-1")
        a_difference(check, "16.00", ledger_id="901", number="HAND-1", kind="missing_here")

    said = read(f"/customers/{number}")

    assert "2 documents differ between billing and QuickBooks, £232.00 in all." in said
    assert "INV-1 and HAND-1" in said
    assert "INV-2" not in said


@pytest.mark.parametrize(("days", "rings"), [(10, True), (40, False)])
def test_a_permission_near_its_end_is_told_with_what_is_outstanding(rows, read, days, rings):
    with rows() as connection:
        connection.grant = Grant(
            workspace_id=connection.workspace_id,
            provider="quickbooks",
            environment="sandbox",
            access_token_encrypted=b"",
            refresh_token_encrypted=b"",
            access_expires_at=datetime.now(UTC),
            refreshed_at=datetime.now(UTC),
            refresh_expires_at=datetime.now(UTC) + timedelta(days=days),
        )
        number = linked(connection).id
        an_invoice(connection, "540.00")

    said = read(f"/customers/{number}")

    assert ("Our permission in QuickBooks ends on" in said) is rings
    assert ("£540.00 outstanding included." in said) is rings


def test_a_permission_that_is_gone_asks_to_reconnect(rows, read):
    with rows() as connection:
        connection.state = "broken"
        number = linked(connection).id
    said = read(f"/customers/{number}")
    assert "QuickBooks does not accept our permission any more." in said
    assert "Reconnect" in said


def test_what_is_overdue_leads_to_exactly_those_invoices(rows, client, read):
    with rows() as connection:
        number = an_invoice(
            connection, "228.00", due_date=TODAY - timedelta(days=21), number="OLD-1"
        ).customer_id
        an_invoice(connection, "10.00", number="NEW-1")
    page_of_customer = client.get(f"/customers/{number}").text
    [address] = re.findall(r'href="(/invoices\?[^"]*owed=overdue[^"]*)"', page_of_customer)
    listed = read(address.replace("&amp;", "&"))
    assert "OLD-1" in listed
    assert "NEW-1" not in listed


# --------------------------------------------------- the list


def test_the_heading_says_what_is_owed_and_what_of_it_is_overdue(rows, read):
    with rows() as connection:
        an_invoice(connection, "540.00")
        an_invoice(connection, "100.00", customer="Late Ltd", due_date=TODAY - timedelta(days=2))
        an_invoice(connection, "7.00", customer="Late Ltd", currency="EUR")
        an_invoice(connection, "75.00", customer="Paid Ltd", status="paid", balance=0)
    said = read("/customers")
    assert "2 customers owe £640.00 and €7.00 £100.00 of it is overdue, from 1 customer." in said


def test_the_list_is_ordered_by_what_is_owed_by_what_is_late_and_by_the_newest(rows):
    late = TODAY - timedelta(days=2)
    with rows() as connection:
        an_invoice(connection, "540.00", customer="A", due_date=late)
        an_invoice(connection, "900.00", customer="B", issue_date=TODAY - timedelta(days=9))
        an_invoice(connection, "9000.00", customer="C", currency="EUR", due_date=late)
        an_invoice(connection, "1.00", customer="D", status="paid", balance=0)

        def names(**wanted):
            return "".join(row.name for row in page(Wanted(**wanted), TODAY, "GBP").rows)

        assert names(sort="owed") == "BACD"
        assert names(sort="overdue") == "ACBD"
        assert names(sort="newest")[-1] == "B"
        assert names(show="owing", sort="owed") == "BAC"
        assert names(show="overdue") == "AC"
        assert names(sort="anything else") == "ABCD"


def test_another_workspaces_debts_are_not_added(app, rows, read):
    with rows():
        other = a_connection(a_workspace("southgate"), company_id="1")
        an_invoice(other, "999.00", customer="Theirs Ltd")
        sold(other, TODAY - timedelta(days=36), customer="Theirs Ltd")
    for part in ("", "?show=owing", "?show=not-billed", "?sort=owed"):
        said = read(f"/customers{part}")
        assert "Theirs" not in said
        assert "999.00" not in said
