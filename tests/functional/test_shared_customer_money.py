"""Two of billing's customers who are one customer in QuickBooks: each pound stands with one."""

from decimal import Decimal

import pytest

from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection, LedgerSettlementRow
from tests.books_there import NOW, invoice_there, linked, payment_there
from tests.builders import a_connection, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of


@pytest.fixture
def connection(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        yield db.session.get_one(Connection, a_connection(workspace).id)


@pytest.fixture
def pages(client, connection):
    """Return what Priya reads on the pages of both customers."""

    def read(*customers):
        db.session.commit()
        sign_in(client)
        return [text_of(client.get(f"/customers/{one.id}")) for one in customers]

    return read


def booked(connection, customer, ledger_id, total="540.00", **more):
    invoice = an_invoice(connection, total, at=NOW, customer=customer)
    a_link(invoice, ledger_id=ledger_id)
    invoice_there(connection, ledger_id, total, number=invoice.number, **more)
    return invoice


def settles(connection, payment, invoice, amount):
    db.session.add(
        LedgerSettlementRow(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            payment_ledger_id=payment,
            invoice_ledger_id=invoice,
            amount=Decimal(amount),
        )
    )


def test_a_payment_counts_where_its_invoice_is_and_the_rest_of_it_once(connection, pages):
    oak, elm = linked(connection), linked(connection, "Elm Ltd")
    booked(connection, "Oak & Ash Ltd", "301")
    booked(connection, "Elm Ltd", "302")
    payment_there(connection, "41", "100.00", reference="OF-BOTH", unapplied=Decimal(10))
    settles(connection, "41", "301", "60.00")
    settles(connection, "41", "302", "30.00")
    payment_there(connection, "42", "7.00", reference="OF-ELM")
    settles(connection, "42", "302", "7.00")
    payment_there(connection, "43", "5.00", kind="refund", reference="BACK")
    invoice_there(connection, "901", "216.00", number="BY-HAND")
    of_oak, of_elm = pages(oak, elm)
    assert "Paid, last 90 days £70.00 1 payment £5.00 given back" in of_oak
    assert "Paid, last 90 days £37.00 2 payments" in of_elm
    assert "£10.00 not put on any invoice" in of_oak
    assert "£10.00 not put on any invoice" not in of_elm
    assert "BY-HAND" in of_oak
    assert "BY-HAND" not in of_elm
    assert "They are one customer in QuickBooks with Oak & Ash Ltd" in of_elm
    assert "They are one customer" not in of_oak
    assert ("OF-ELM" in of_elm, "OF-ELM" in of_oak) == (True, False)
    assert ("BACK" in of_elm, "BACK" in of_oak) == (False, True)


def test_what_the_parent_paid_counts_for_the_part_whose_invoice_it_was(connection, pages):
    oak = linked(connection)
    part = linked(connection, "Oak & Ash Leeds", ledger_id="59")
    booked(connection, "Oak & Ash Leeds", "301", customer_ledger_id="59")
    payment_there(connection, "41", "540.00", reference="FROM-HEAD-OFFICE")
    settles(connection, "41", "301", "540.00")
    of_oak, of_part = pages(oak, part)
    assert "Paid, last 90 days £0.00" in of_oak
    assert "Paid, last 90 days £540.00 1 payment" in of_part
    assert "FROM-HEAD-OFFICE" in of_part
    assert "FROM-HEAD-OFFICE" not in of_oak


def test_a_credit_put_on_an_invoice_by_a_payment_is_no_money_of_anybody(connection, pages):
    oak = linked(connection)
    booked(connection, "Oak & Ash Ltd", "301")
    payment_there(connection, "41", "400.00")
    settles(connection, "41", "301", "540.00")
    assert "Paid, last 90 days £400.00 1 payment" in pages(oak)[0]


def test_what_is_owed_apart_is_said_for_each_reason_and_not_of_a_ledger_that_is_away(
    connection, pages
):
    oak = linked(connection)
    booked(connection, "Oak & Ash Ltd", "301")
    an_invoice(connection, "10.00", SyncState.FAILED, at=NOW)
    an_invoice(connection, "7.00", SyncState.UNLINKED, at=NOW)
    a_link(an_invoice(connection, "50.00", SyncState.FAILED, at=NOW), ledger_total=Decimal(40))
    said = pages(oak)[0]
    assert (
        "QuickBooks is owed £20.00 less on billing’s invoices: 1 whose change is not there yet"
        " (£10.00 less) and 1 not there (£10.00 less)." in said
    )
