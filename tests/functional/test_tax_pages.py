"""Finance decides about tax that would be booked otherwise: on the page, and by REST."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.states import MappingKind
from app.extensions import db
from app.models import Connection, Invoice, Workspace
from app.usecases.accounts import create_api_key
from tests.billing import line
from tests.builders import a_person
from tests.northgate import Northgate, make_northgate
from tests.visitor import Visitor, text_of

WRONG = {"tax_total": "90.01", "total": "540.01"}


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """INV-1 carries a penny too much of VAT and waits; everything is mapped."""
    with app.app_context():
        made = make_northgate()
        workspace = db.session.get_one(Workspace, made.workspace_id)
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        made.map("VAT20", "6", MappingKind.TAX_CODE)
        made.map("MW-STD", "31")
        lines = [line(quantity="1", unit_price="450.00", tax_amount="90.01")]
        made.bill("INV-1", lines=lines, **WRONG)
        made.look()
        assert made.states() == {"INV-1": "blocked"}
    return made


def standing(app: Flask) -> tuple[str, dict[str, Any]]:
    with app.app_context():
        [invoice] = db.session.query(Invoice)
        return invoice.sync_state, invoice.tax_decision or {}


def test_the_page_says_both_figures_and_offers_both_ways_out(
    client: FlaskClient, northgate: Northgate
) -> None:
    page = text_of(Visitor(client).get("/invoices/1"))
    assert "QuickBooks would book £90.00 of VAT, billing says £90.01: £0.01 less." in page
    assert "Tax would differ" in page
    assert "Book it with QuickBooks’ VAT" in page
    assert "Correct it in billing" in page


def test_who_decided_what_is_kept_and_shown(
    app: Flask, client: FlaskClient, northgate: Northgate
) -> None:
    priya = Visitor(client)
    assert priya.post("/invoices/1/tax").status_code == 303
    state, decided = standing(app)
    assert state == "waiting"
    assert (decided["by"], decided["revision"]) == ("Priya Nair", 1)
    assert (decided["tax"], decided["total"]) == ("90.00", "540.00")
    assert "chose to book it with the ledger’s tax" in text_of(priya.get("/invoices/1"))


def test_a_viewer_decides_nothing(app: Flask, client: FlaskClient, northgate: Northgate) -> None:
    vera = Visitor(client, "vera@northgate.example")
    assert "Book it with" not in text_of(vera.get("/invoices/1"))
    assert vera.post("/invoices/1/tax").status_code == 403
    assert standing(app) == ("blocked", {})


def test_billing_may_decide_by_rest_once(
    app: Flask, client: FlaskClient, northgate: Northgate
) -> None:
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")
    address = "/api/v1/invoices/inv_INV-1/book-ledger-tax"
    shown = {"Authorization": f"Bearer {key}"}
    waiting = client.get("/api/v1/invoices/inv_INV-1", headers=shown).json
    assert waiting["sync"]["problem"]["link"].endswith("/invoices/1")
    answer = client.post(address, headers=shown)
    assert answer.json["sync"]["state"] == "waiting"
    assert standing(app)[1]["tax"] == "90.00"
    assert client.post(address, headers=shown).status_code == 409


def test_how_tax_is_rounded_is_a_setting_of_the_connection(
    app: Flask, client: FlaskClient, northgate: Northgate
) -> None:
    priya = Visitor(client)
    assert "VAT is rounded, where prices are without it" in text_of(priya.get("/connections/1"))
    fields = {"push_mode": "auto", "closed_period_policy": "hold", "account": ""}
    priya.post("/connections/1/settings", **fields, tax_rounding="line")
    assert priya.post("/connections/1/settings", **fields, tax_rounding="x").status_code == 400
    with app.app_context():
        assert db.session.get_one(Connection, 1).tax_rounding == "line"


def test_what_waits_for_its_tax_is_one_row_of_what_needs_a_person(
    client: FlaskClient, northgate: Northgate
) -> None:
    page = text_of(Visitor(client).get("/"))
    assert "1 invoice waits: the tax booked would not be billing’s" in page


def test_the_connection_says_what_its_figures_hold_back(
    client: FlaskClient, northgate: Northgate
) -> None:
    page = text_of(Visitor(client).get("/connections/1"))
    assert "What QuickBooks would book is not billing’s VAT." in page
    assert "Review 1 invoice" in page
