"""Customers: who they are and what they owe."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.extensions import db
from app.models import Connection, CustomerLink
from tests.builders import a_connection, a_customer, a_person, a_workspace, an_invoice
from tests.people import sign_in


@pytest.fixture
def connection_id(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def priya(client, connection_id):
    sign_in(client)
    return client


@pytest.fixture
def rows(app, connection_id):
    """Make rows beside a connection; they are committed at the end of the block."""

    @contextmanager
    def make():
        with app.app_context():
            yield db.session.get_one(Connection, connection_id)
            db.session.commit()

    return make


def test_what_is_owed_leaves_out_what_is_paid_and_what_is_void(priya, rows):
    with rows() as connection:
        an_invoice(connection, "540.00")
        an_invoice(connection, "100.00", status="part_paid", balance=40)
        an_invoice(connection, "75.00", status="paid", balance=0)
        an_invoice(connection, "9.99", status="void")

    page = priya.get("/customers").text

    assert "£580.00" in page
    assert "1 customer" in page


def test_an_overdue_invoice_is_named_with_its_age(priya, rows):
    due = datetime.now(ZoneInfo("Europe/London")).date() - timedelta(days=21)
    with rows() as connection:
        number = an_invoice(connection, "1842.00", due_date=due).customer_id

    page = priya.get(f"/customers/{number}").text

    assert "£1,842.00 is overdue." in page
    assert "21 days ago" in page


def test_the_page_says_who_the_customer_is_in_the_ledger(priya, rows):
    with rows() as connection:
        number = a_customer(connection.workspace).id
        link = CustomerLink(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            customer_id=number,
            ledger_id="58",
            ledger_name="Oak and Ash",
            how="found",
        )
        db.session.add(link)

    page = priya.get(f"/customers/{number}").text

    assert "QuickBooks customer 58, “Oak and Ash”, matched by name" in page


def test_a_customer_is_found_by_part_of_the_name(priya, rows):
    with rows() as connection:
        a_customer(connection.workspace, "Meridian Care Homes Ltd")
        a_customer(connection.workspace, "100% Print Ltd")

    assert "Meridian Care Homes Ltd" in priya.get("/customers?q=care").text
    assert "Meridian Care Homes Ltd" not in priya.get("/customers?q=%25").text


def test_fifty_customers_are_a_page(priya, rows):
    with rows() as connection:
        for number in range(51):
            a_customer(connection.workspace, f"Customer {number:02}")

    assert "Customer 50" not in priya.get("/customers").text
    assert "Customer 50" in priya.get("/customers?page=2").text
    assert "Customer 50" in priya.get("/customers?page=99").text


def test_another_workspaces_customer_is_not_there(priya, rows):
    with rows():
        number = a_customer(a_workspace("southgate"), "Theirs Ltd").id

    assert priya.get(f"/customers/{number}").status_code == 404
    assert "Theirs" not in priya.get("/customers").text


def test_the_invoices_count_from_the_first_ones_date(priya, rows):
    with rows() as connection:
        number = an_invoice(connection, "10.00", issue_date=date(2025, 3, 12)).customer_id
    assert "since 12 Mar 2025" in priya.get(f"/customers/{number}").text
