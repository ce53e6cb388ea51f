"""Addresses and filters that no page of ours ever made: never a 500, never half a page."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.usecases.accounts import create_api_key
from tests.builders import a_connection, a_person, a_workspace
from tests.visitor import Visitor

TOO_LONG = "9" * 30  # no bigint


@pytest.fixture
def key(app: Flask) -> str:
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_connection(workspace)
        db.session.commit()
        return create_api_key(workspace.id, "billing")


@pytest.fixture
def priya(key: str, client: FlaskClient) -> Visitor:
    return Visitor(client)


@pytest.mark.parametrize("page", ["invoices", "customers", "connections", "mailbox"])
def test_a_number_no_row_can_have_is_nobodys_address(priya: Visitor, page: str) -> None:
    assert priya.get(f"/{page}/{TOO_LONG}").status_code == 404


def test_a_deed_to_a_number_no_row_can_have_is_refused(priya: Visitor) -> None:
    assert priya.post(f"/invoices/{TOO_LONG}/hold").status_code == 404
    assert priya.post("/invoices/bulk", deed="hold", invoice=TOO_LONG).status_code == 400


@pytest.mark.parametrize(
    "page", [f"/webhook-log?before={TOO_LONG}", "/sync-log?q=%00", f"/invoices?customer={TOO_LONG}"]
)
def test_a_filter_no_column_can_hold_is_refused_with_a_sentence(priya: Visitor, page: str) -> None:
    answer = priya.get(page)
    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or "Nothing was changed." in answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/invoices/bulk/confirm", {"deed": "hold", "invoice": TOO_LONG}),
        ("/mappings/undo", {"kind": "service", "code": "a\x00b"}),
        ("/customers/choose", {"way": "undo", "code": "a\x00b"}),
    ],
)
def test_the_field_that_no_column_can_hold_is_named(
    priya: Visitor, path: str, fields: dict
) -> None:
    answer = priya.post(path, **fields)
    [name] = [name for name, value in fields.items() if value in (TOO_LONG, "a\x00b")]
    assert (answer.status_code, f"“{name}” cannot be taken as it is" in answer.text) == (400, True)


def test_the_api_knows_no_invoice_with_a_nul_in_its_name(key: str, client: FlaskClient) -> None:
    answer = client.get("/api/v1/invoices/%00", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json["code"]) == (404, 404)
