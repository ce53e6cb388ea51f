"""The page on which a person settles who a customer is, the ways to it, and the same by REST."""

import html
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import Connection
from app.usecases.accounts import create_api_key, create_user
from simulator.client import NORTHGATE
from tests.builders import PASSWORD, a_person, a_workspace
from tests.connected import connect
from tests.people import send, sign_in

HARCOURT = "Harcourt & Finch LLP"
PAGE = "/customers/choose?connection={}&code=cus_h"
BILLED = {"id": "cus_h", "name": HARCOURT, "email": "ap@harcourt.example"}


@pytest.fixture
def northgate(app, simulator):
    """A supplier has the name of billing's customer; two invoices wait for that."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        create_user(made.workspace_id, "priya@northgate.example", "finance", PASSWORD, name="Priya")
        simulator.create(NORTHGATE, "vendors", DisplayName=HARCOURT)
        for number in ("INV-0001", "INV-0002"):
            made.bill(number, customer=BILLED)
        made.drain()
    return made


@pytest.fixture
def priya(client, northgate):
    sign_in(client)
    return client


def text_of(client, path: str) -> str:
    return html.unescape(client.get(path).text)


def test_every_way_in_leads_to_the_choice(app, priya, northgate):
    page = html.escape(PAGE.format(northgate.connection_id))
    with app.app_context():
        invoice_id = northgate.push_of("INV-0001").document_id
        customer_id = db.session.get_one(Connection, northgate.connection_id).id
    assert customer_id
    for path in ("/", "/customers", f"/invoices/{invoice_id}"):
        assert page in priya.get(path).text, path


def test_the_page_says_what_waits_who_has_the_name_and_suggests_another(priya, northgate):
    page = text_of(priya, PAGE.format(northgate.connection_id))
    assert f"£1,080.00 waits: who is {HARCOURT} in QuickBooks?" in page
    assert f"A supplier there already has the name “{HARCOURT}”." in page
    assert f'value="{HARCOURT} (C)"' in page
    assert "Create and push 2" in page


def test_one_submit_creates_and_lets_both_go(app, priya, northgate, simulator):
    page = PAGE.format(northgate.connection_id)
    fields = {"connection": northgate.connection_id, "code": "cus_h", "way": "create"}
    answer = send(priya, "/customers/choose", page, **fields, name=f"{HARCOURT} (C)")
    assert "2 invoices follow by themselves" in html.unescape(answer.text)
    with app.app_context():
        northgate.drain()
        assert set(northgate.states().values()) == {"pushed"}
        assert northgate.books() == dict.fromkeys(("INV-0001", "INV-0002"), Decimal("540.00"))


def test_a_name_somebody_has_is_refused_beside_what_was_typed(app, priya, northgate):
    page = PAGE.format(northgate.connection_id)
    fields = {"connection": northgate.connection_id, "code": "cus_h", "way": "create"}
    answer = send(priya, "/customers/choose", page, **fields, name=HARCOURT)
    assert answer.status_code == 422
    assert "Type another name." in html.unescape(answer.text)
    with app.app_context():
        assert set(northgate.states().values()) == {"blocked"}


def test_one_found_by_part_of_the_name_is_linked(app, priya, northgate, simulator):
    there = simulator.create(
        NORTHGATE, "customers", DisplayName="Harcourt Finch", BillAddr={"City": "Leeds"}
    )
    page = PAGE.format(northgate.connection_id)
    found = text_of(priya, f"{page}&q=harcourt")
    assert "Harcourt Finch" in found
    assert "Leeds" in found
    fields = {"connection": northgate.connection_id, "code": "cus_h", "way": "link"}
    answer = send(priya, "/customers/choose", page, **fields, ledger_id=there["Id"])
    assert "Linked. 2 invoices go to QuickBooks now." in html.unescape(answer.text)
    assert "by Priya" in answer.text
    assert "Undo the choice" in answer.text


def test_a_viewer_sees_it_and_changes_nothing(app, client, northgate):
    with app.app_context():
        create_user(northgate.workspace_id, "v@northgate.example", "viewer", PASSWORD, name="Vic")
    sign_in(client, "v@northgate.example")
    page = PAGE.format(northgate.connection_id)
    assert "Create and push" not in client.get(page).text
    fields = {"connection": northgate.connection_id, "code": "cus_h", "way": "create"}
    assert send(client, "/customers/choose", page, **fields, name="X").status_code in (400, 403)


def test_another_workspaces_customer_and_connection_are_not_there(app, client, northgate):
    with app.app_context():
        a_person(a_workspace("southgate"), email="sam@southgate.example")
        db.session.commit()
    sign_in(client, "sam@southgate.example")
    assert client.get(PAGE.format(northgate.connection_id)).status_code == 404


def test_a_ledger_that_cannot_be_read_is_said_and_nothing_is_lost(priya, northgate, simulator):
    simulator.inject("server_error", operation="query", times=None)
    page = text_of(priya, PAGE.format(northgate.connection_id))
    assert "QuickBooks could not be read just now" in page


class TestRest:
    @pytest.fixture
    def call(self, app, client, northgate):
        with app.app_context():
            key = create_api_key(northgate.workspace_id, "billing")
        address = f"/api/v1/customers/cus_h/link?connection={northgate.connection_id}"

        def call(body=None):
            headers = {"Authorization": f"Bearer {key}"}
            if body is None:
                return client.get(address, headers=headers)
            return client.post(address, json=body, headers=headers)

        return call

    def test_it_shows_the_question(self, call):
        answer = call().get_json()
        assert answer["link"] is None
        assert answer["invoices"] == 2
        assert answer["question"].startswith("A supplier there")
        assert answer["name_taken_by"] == [{"kind": "supplier", "name": HARCOURT, "active": True}]

    def test_it_settles_it(self, app, call, northgate, simulator):
        there = simulator.create(NORTHGATE, "customers", DisplayName="Harcourt Finch")
        answer = call({"ledger_id": there["Id"]})
        assert answer.status_code == 200, answer.text
        assert answer.get_json()["released"] == 2
        assert answer.get_json()["link"]["set_by"] == "API key billing"
        with app.app_context():
            northgate.drain()
            assert set(northgate.states().values()) == {"pushed"}

    def test_it_says_why_not(self, call):
        assert call({"ledger_id": "99999"}).status_code == 409
        assert call({"ledger_id": "nobody"}).status_code == 409
        assert call({"create_as": HARCOURT}).status_code == 409
        assert call({}).status_code == 422
        assert call({"create_as": "A", "activate": "1"}).status_code == 422
