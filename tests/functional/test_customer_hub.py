"""The customer hub: figures of billing and of every ledger, and one timeline of all of it."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.wording import day
from app.extensions import db
from app.models import (
    Connection,
    InvoiceLine,
    LedgerSettlementRow,
    Ticket,
)
from tests.asked import asked
from tests.books_there import invoice_there, linked, payment_there
from tests.builders import (
    a_connection,
    a_customer,
    a_link,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.people import sign_in
from tests.visitor import text_of

NOW = datetime.now(UTC)
TODAY = NOW.date()


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


def sold(invoice, net, service="MW-STD", **more):
    amounts = {"amount": Decimal(net), "tax_amount": Decimal(0)} | more
    db.session.add(
        InvoiceLine(
            workspace_id=invoice.workspace_id,
            invoice_id=invoice.id,
            revision=invoice.revision,
            position=len(service),
            external_id=service,
            service_code=service,
            description=service,
            quantity=Decimal(1),
            unit_price=Decimal(net),
            **amounts,
        )
    )


def test_the_list_shows_month_contract_and_what_is_owed(rows, read):
    with rows() as connection:
        invoice = an_invoice(connection, "540.00", at=NOW)
        sold(invoice, "450.00")
        an_invoice(connection, "75.00", at=NOW - timedelta(days=70), recurring=False)

    page = read("/customers")

    assert "Oak & Ash Ltd 2 " in page
    assert "£540.00 £450.00 £615.00 £75.00 overdue" in page
    assert "in the newest month it was on a recurring invoice" in page


def test_the_page_adds_up_this_month_contract_and_payments(rows, read):
    with rows() as connection:
        number = linked(connection).id
        sold(an_invoice(connection, "540.00", at=NOW), "450.00")
        inclusive = an_invoice(connection, "60.00", "failed", at=NOW, prices="tax_inclusive")
        sold(inclusive, "60.00", "M365", tax_amount=Decimal(10))
        sold(an_invoice(connection, "9.00", at=NOW, status="void"), "9.00", "GONE")
        payment_there(connection, "1", "120.00")
        payment_there(connection, "2", "30.00", received_on=TODAY - timedelta(days=91))
        payment_there(connection, "3", "55.00", deleted=True)

    page = read(f"/customers/{number}")

    assert "Invoiced this month £600.00 2 invoices, 1 refused" in page
    assert "Outstanding £600.00 None of it overdue" in page
    assert "Contracted each month £500.00 2 services, net of tax" in page
    assert "Paid, last 90 days £120.00 1 payment" in page


def test_invoices_only_the_ledger_has_stand_beside_billings(rows, read):
    with rows() as connection:
        number = linked(connection).id
        ours = an_invoice(connection, "540.00", at=NOW)
        link, invoiced = a_link(ours), ours.number
        invoice_there(connection, link.ledger_id, "540.00", number=ours.number)
        invoice_there(connection, "901", "216.00", number="HAND-1", due_date=date(2026, 1, 31))
        invoice_there(connection, "902", "10.00", number="GONE-1", deleted=True)
        invoice_there(connection, "903", "11.00", number="OTHERS-1", customer_ledger_id="59")

    page = read(f"/customers/{number}")

    assert "HAND-1" in page
    assert "£216.00 £216.00 Overdue Only in QuickBooks" in page
    assert f"{invoiced} {day(TODAY)} £540.00 £540.00 Open In the ledger" in page
    assert "£216.00 more on 1 invoice only in QuickBooks, all of it overdue" in page
    assert "GONE-1" not in page
    assert "OTHERS-1" not in page


def test_the_timeline_tells_invoices_payments_and_tickets_newest_first(rows, read):
    with rows() as connection:
        number = linked(connection).id
        ours = an_invoice(connection, "540.00", at=NOW - timedelta(days=9))
        a_link(ours, ledger_id="301")
        invoiced = ours.number
        invoice_there(connection, "301", "540.00", number=ours.number)
        payment_there(
            connection,
            "41",
            "600.00",
            unapplied=Decimal(60),
            reference="BACS-7781",
            received_on=TODAY - timedelta(days=5),
        )
        settled = {"payment_ledger_id": "41", "invoice_ledger_id": "301", "amount": Decimal(540)}
        db.session.add(
            LedgerSettlementRow(
                workspace_id=connection.workspace_id, connection_id=connection.id, **settled
            )
        )
        payment_there(
            connection, "42", "33.00", deleted=True, updated_there_at=NOW - timedelta(days=2)
        )
        db.session.add(
            Ticket(
                workspace_id=connection.workspace_id,
                external_id="tic_1",
                number="58113",
                subject="Printer not found <floor 2>",
                customer_id=number,
                resolved_at=NOW - timedelta(days=3),
            )
        )

    page = read(f"/customers/{number}").partition("Timeline")[2]

    told = [
        "Payment of £33.00 taken back",
        "Ticket 58113 resolved Printer not found <floor 2>",
        f"Paid £600.00 BACS-7781, for {invoiced}, from QuickBooks.",
        "£60.00 of it is on no invoice there",
        f"{invoiced} finalised £540.00",
    ]
    places = [page.find(line) for line in told]
    assert -1 not in places, page
    assert places == sorted(places)
    assert f"{invoiced} in the ledger £540.00" in page


def test_a_customer_with_nothing_yet_has_a_page(rows, read):
    with rows() as connection:
        number = a_customer(connection.workspace).id
    page = read(f"/customers/{number}")
    assert "Nothing invoiced yet" in page
    assert "Nothing happened yet" in page
    assert "Contracted each month £0.00 No recurring invoice lately" in page


def test_a_page_asks_as_often_for_many_as_for_few(app, rows, client, connection_id):
    with rows() as connection:
        number = linked(connection).id
        an_invoice(connection, "1.00")
        an_invoice(connection, "1.00", customer="Not linked yet")
    sign_in(client)

    def questions(path):
        with asked(app) as statements:
            client.get(path)
        return len(statements)

    few = questions("/customers"), questions(f"/customers/{number}")
    with rows() as connection:
        for count in range(30):
            ours = an_invoice(connection, "10.00", customer=f"Customer {count}")
            sold(ours, "10.00")
            mine = an_invoice(connection, "10.00")
            a_link(mine, ledger_id=f"7{count}")
            payment_there(connection, f"9{count}", "5.00")
            invoice_there(connection, f"8{count}", "5.00", number=f"HAND-{count}")
    assert (questions("/customers"), questions(f"/customers/{number}")) == few


def test_another_workspaces_book_and_tickets_are_not_shown(rows, read):
    with rows() as connection:
        number = linked(connection).id
        other = a_workspace("southgate")
        elsewhere = a_connection(other, company_id="1")
        stranger = a_customer(other, "Theirs Ltd")
        invoice_there(elsewhere, "901", "216.00", number="THEIRS-1")
        db.session.add(
            Ticket(
                workspace_id=other.id,
                external_id="tic_1",
                number="1",
                subject="Theirs",
                customer_id=stranger.id,
                resolved_at=NOW,
            )
        )
    page = read(f"/customers/{number}")
    assert "THEIRS-1" not in page
    assert "Theirs" not in page
