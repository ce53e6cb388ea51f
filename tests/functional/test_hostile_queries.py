"""What pages are asked for in ways that none of their links asks: a sentence, never a fault."""

import pytest

from app.extensions import db
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.people import PRIYA, send, sign_in

# What urllib refuses to take apart.
UNREADABLE = ("http://[", "//[x", "http://a\uff03@b.example/")
LISTS = ("/invoices", "/audit", "/sync-log", "/webhook-log")
FILES = (
    "/invoices/invoices.csv",
    "/audit/audit-log.csv",
    "/webhook-log/webhook-log.csv",
    "/sync-log/sync-log.csv",
)


@pytest.fixture
def priya(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner", PRIYA)
        an_invoice(a_connection(workspace))
        db.session.commit()
    sign_in(client)
    return client


@pytest.mark.parametrize("address", UNREADABLE)
def test_an_address_to_go_back_to_that_is_none_leads_home(client, priya, address):
    assert client.get("/login", query_string={"next": address}).status_code == 200
    assert sign_in(client, next=address).location == "/"


@pytest.mark.parametrize("address", UNREADABLE[:2])
def test_a_page_behind_that_is_no_address_breaks_no_page(priya, address):
    headers = {"Referer": address, "HX-Current-URL": address, "HX-Request": "true"}

    assert priya.get("/invoices/999", headers=headers).status_code == 404
    assert priya.post("/settings/workspace", headers=headers).status_code == 400
    with priya.session_transaction() as session:
        session.clear()
    assert priya.get("/invoices", headers=headers).status_code == 401


def test_a_list_puts_nothing_into_its_links_but_what_it_was_asked_for(priya):
    asked = {"q": "Oak", "endpoint": "x", "_scheme": "javascript", "_external": "1", "_method": "X"}
    for page in LISTS:
        answer = priya.get(page, query_string=asked)

        assert (answer.status_code, "q=Oak" in answer.text) == (200, True), page
        assert 'href="javascript:' not in answer.text


def test_a_file_that_cannot_be_read_is_no_file_that_breaks_off(priya):
    for file in FILES:
        answer = priya.get(file, query_string={"q": "a\x00b"})

        assert (answer.status_code, answer.mimetype) == (400, "text/html"), file


def test_a_row_of_five_thousand_digits_is_no_invoice(priya):
    answer = send(priya, "/invoices/bulk", one=f"push {'9' * 5000}")

    assert (answer.status_code, "No invoice was chosen." in answer.text) == (200, True)


def test_a_file_is_kept_by_no_browser(priya):
    for file in FILES:
        assert priya.get(file).headers["Cache-Control"] == "no-store", file


def test_nothing_came_since_before_there_was_a_calendar(priya):
    for log in ("/sync-log/new", "/webhook-log/new"):
        answer = priya.get(log, query_string={"since": "0001-01-01T00:00:00+23:59"})

        assert answer.status_code == 200, log
