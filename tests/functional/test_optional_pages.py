"""What invoices can do without, and long numbers, on the pages of mappings and of a connection."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.states import CatalogueKind, MappingKind
from app.extensions import db
from app.models import CatalogueRow, Connection, Mapping, Workspace
from tests.billing import line
from tests.builders import a_person
from tests.northgate import Northgate, make_northgate
from tests.visitor import Visitor, text_of

SETTINGS = {"push_mode": "auto", "closed_period_policy": "hold", "account": ""}


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """All that is needed is mapped; a class and terms are not; the ledger has classes only."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map("VAT20", "6", MappingKind.TAX_CODE)
        made.map("MW-STD", "31")
        entry = {"workspace_id": made.workspace_id, "connection_id": made.connection_id}
        for ledger_id, name in (("1", "Field service"), ("2", "Leeds")):
            row = {"kind": CatalogueKind.CLASS, "ledger_id": ledger_id, "name": name}
            db.session.add(CatalogueRow(**entry, **row, active=True, details={}))
        leeds = {"code": "LEEDS", "name": "Leeds office"}
        made.bill(
            "INV-1",
            lines=[line(**{"class": leeds})],
            terms={"code": "NET30", "name": "30 days net"},
            subtotal="450.00",
            tax_total="90.00",
            total="540.00",
        )
        made.look()
    return made


@pytest.fixture
def priya(client: FlaskClient, northgate: Northgate) -> Visitor:
    return Visitor(client)


def save(priya: Visitor, northgate: Northgate, **form: Any) -> Any:
    whole = {"connection": northgate.connection_id, "kind": "class", "code": "LEEDS", **form}
    return priya.post("/mappings/save", part=True, **whole)


def test_a_class_is_listed_but_nothing_is_missing(priya):
    page = text_of(priya.get("/mappings"))

    assert "Everything is mapped" in page
    assert "Classes 1 not mapped" in page
    assert "Invoices go without, and say so." in page
    assert "Leeds office" in page
    assert "30 days net" not in page  # the ledger has no terms to choose from


def test_a_class_is_mapped_like_a_service(priya, northgate, app):
    answer = save(priya, northgate, ledger_name="Leeds", expected="")

    assert answer.status_code == 200
    assert "Mapped to “Leeds”." in text_of(answer)
    with app.app_context():
        assert db.session.query(Mapping).filter_by(kind="class").one().ledger_id == "2"
    mapped = text_of(priya.get("/mappings?show=class"))
    assert "1 service and 1 tax code, 1 other, most used first" in mapped


def test_a_class_that_is_not_there_is_refused_by_its_own_word(priya, northgate):
    answer = save(priya, northgate, ledger_name="Paris", expected="")

    assert answer.status_code == 422
    assert "QuickBooks has no active class called “Paris”." in text_of(answer)


def test_the_check_of_a_connection_says_what_is_left_out_and_what_becomes_of_numbers(
    priya, northgate, app
):
    page = text_of(priya.get(f"/connections/{northgate.connection_id}"))
    assert "Classes 0 of 1 mapped. Invoices go without the rest, and say so." in page
    assert "Billing’s own invoice numbers are kept. One longer than 21 characters is not" in page

    with app.app_context():
        connection = db.session.get_one(Connection, northgate.connection_id)
        connection.own_numbers, connection.long_numbers = False, "shorten"
        db.session.commit()
    page = text_of(priya.get(f"/connections/{northgate.connection_id}"))
    assert "QuickBooks numbers what people type there by itself." in page
    assert "Of one longer than 21 characters, the last 21 are kept." in page


@pytest.mark.parametrize(("chosen", "stored"), [("shorten", "shorten"), (None, "refuse")])
def test_finance_chooses_what_becomes_of_long_numbers(priya, northgate, app, chosen, stored):
    form = SETTINGS | ({"long_numbers": chosen} if chosen else {})

    answer = priya.post(f"/connections/{northgate.connection_id}/settings", **form)

    assert answer.status_code in (200, 302, 303)
    with app.app_context():
        connection = db.session.get_one(Connection, northgate.connection_id)
        assert connection.long_numbers == stored


def test_another_word_for_it_is_refused(priya, northgate):
    form = SETTINGS | {"long_numbers": "renumber"}
    url = f"/connections/{northgate.connection_id}/settings"
    assert priya.post(url, **form).status_code == 400


def test_the_page_of_an_invoice_says_which_number_the_ledger_gets(priya, northgate, app):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate.connection_id)
        connection.long_numbers = "shorten"
        number = northgate.bill("2026-LEEDS-SUPPORT-INV-0001")

    page = text_of(priya.get(f"/invoices/{number}"))

    assert "New invoice, number shortened to EEDS-SUPPORT-INV-0001" in page
