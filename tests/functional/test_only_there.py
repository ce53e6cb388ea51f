"""The ledger's own invoices beside billing's: on a page and by REST, from the mirror alone."""

from datetime import date

import pytest

from app.domain.book_status import BookStatus
from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection, CustomerLink, LedgerCustomerRow, LedgerInvoiceRow
from app.queries.only_there import Wanted, page
from app.usecases.accounts import create_api_key
from tests.builders import a_connection, a_customer, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of

TODAY = date(2026, 11, 20)
SOONER, LATER = date(2026, 11, 1), date(2026, 12, 20)
# Each of the ledger's invoices: number, total, balance, due, voided, and how it stands.
BOOK = [
    ("1001", 540, 540, LATER, False, "open"),
    ("1002", 540, 540, None, False, "open"),
    ("1003", 540, 40, LATER, False, "part_paid"),
    ("1004", 540, 40, SOONER, False, "overdue"),
    ("1005", 540, 0, SOONER, False, "paid"),
    ("1006", 0, 0, SOONER, True, "void"),
]


def book(connection, ledger_id, **changes):
    values = {
        "number": ledger_id,
        "customer_name": "Oak & Ash Ltd",
        "issue_date": date(2026, 10, 20),
        "currency": "GBP",
        "total": 540,
        "tax_total": 90,
        "balance": 540,
        "read_at": connection.company_read_at,
    }
    row = LedgerInvoiceRow(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        ledger_id=ledger_id,
        **values | changes,
    )
    db.session.add(row)
    return row


@pytest.fixture
def connection_id(app):
    """The book above, one of billing's, one that was deleted, and another workspace's."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        for number, total, balance, due, voided, _ in BOOK:
            book(connection, number, total=total, balance=balance, due_date=due, voided=voided)
        ours = an_invoice(connection, state=SyncState.PUSHED, number="INV-2041")
        a_link(ours, ledger_id="301")
        book(connection, "301", number="INV-2041")
        book(connection, "302", number="gone", deleted=True)
        book(a_connection(a_workspace("southgate"), company_id="2"), "401", number="theirs")
        db.session.commit()
        return connection.id


def test_the_page_lists_what_is_not_from_billing(client, connection_id):
    sign_in(client)
    assert "Only in QuickBooks" in text_of(client.get("/invoices"))

    answer = client.get("/invoices/only-there")

    shown = text_of(answer)
    assert "1003 Oak & Ash Ltd 20 Oct 2026 20 Dec 2026 £540.00 £40.00 Part paid" in shown
    assert "6 invoices, £2,700.00" in shown
    assert not [word for word in ("INV-2041", "gone", "theirs") if word in shown]
    assert "invoice-1003" in answer.text
    assert "1 invoice," in text_of(client.get("/invoices/only-there?q=1004"))
    assert "No invoice matches" in text_of(client.get("/invoices/only-there?q=INV-2041"))
    assert client.get("/invoices/only-there?before=x_1").status_code == 404


def test_each_is_found_by_how_it_stands(app, connection_id):
    with app.app_context():
        for status in BookStatus:
            found = page(Wanted(status=status, connection_id=connection_id), TODAY).rows
            assert {row.there.number for row in found} == {
                one[0] for one in BOOK if one[5] == status
            }
            assert {row.status for row in found} == {status}


def test_rest_gives_the_whole_mirror_or_only_what_is_not_from_billing(app, client, connection_id):
    with app.app_context():
        workspace_id = db.session.get_one(Connection, connection_id).workspace_id
        secret = create_api_key(workspace_id, "Meridian")
    key = {"Authorization": f"Bearer {secret}"}
    address = f"/api/v1/connections/{connection_id}/ledger-invoices"

    first = client.get(f"{address}?limit=5", headers=key).json
    rest = client.get(f"{address}?limit=5&cursor={first['next_cursor']}", headers=key).json
    only = client.get(f"{address}?only_there=true", headers=key).json

    every = [*first["data"], *rest["data"]]
    assert len(every) == len({one["ledger_id"] for one in every}) == 8
    assert rest["next_cursor"] is None
    ours = next(one for one in every if one["ledger_id"] == "301")
    assert ours["invoice_id"].startswith("lb-")
    assert (ours["total"], ours["currency"]) == ("540.00", "GBP")
    assert {one["ledger_id"] for one in only["data"]} == {one[0] for one in BOOK}
    assert client.get("/api/v1/connections/999/ledger-invoices", headers=key).status_code == 404
    bad = client.get(f"{address}?cursor=nonsense", headers=key)
    assert bad.status_code in (400, 422)


def test_a_customer_is_known_there_by_name_before_any_link(app, client, connection_id):
    with app.app_context():
        connection = db.session.get_one(Connection, connection_id)
        customers = {}
        for name in ("Mill Lane Dental", "Twice & Co", "Linked Ltd", "Nobody Ltd"):
            customers[name] = a_customer(connection.workspace, name)
        for ledger_id, name in enumerate(
            ("mill lane  dental", "Twice & Co", "TWICE & CO", "Linked Ltd"), 58
        ):
            row = LedgerCustomerRow(ledger_id=str(ledger_id), name=name, active=True)
            row.workspace_id, row.connection_id = connection.workspace_id, connection_id
            row.read_at = connection.company_read_at
            db.session.add(row)
        link = CustomerLink(ledger_id="61", ledger_name="Linked Ltd", how="found")
        link.workspace_id, link.connection_id = connection.workspace_id, connection_id
        link.customer_id = customers["Linked Ltd"].id
        db.session.add(link)
        db.session.commit()
        address = f"/customers/{customers['Mill Lane Dental'].id}"
    sign_in(client)

    page = text_of(client.get("/customers"))

    assert "In QuickBooks: mill lane dental (matched by name, not linked yet)" in page
    assert "In QuickBooks: 2 customers there are called Twice & Co. Left to you." in page
    assert page.count("In QuickBooks:") == 2
    assert "mill lane dental (matched by name, not linked yet)." in text_of(client.get(address))
