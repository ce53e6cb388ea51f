"""The mappings page: its figures, who may change what, and whose rows one sees."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.domain.states import MappingKind
from app.extensions import db
from app.models import AuditEntry, CatalogueRow, Connection, Invoice, Mapping, TaxCode, Workspace
from tests.builders import a_person
from tests.northgate import VAT0, Northgate, add_connection, make_northgate
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """£1,842.50 wait for VAT Zero, £120.00 for Managed SOC, £300.00 for both."""
    with app.app_context():
        made = make_northgate()
        workspace = db.session.get_one(Workspace, made.workspace_id)
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        made.map("VAT20", "6", MappingKind.TAX_CODE)
        made.map("MW-STD", "31")
        made.bill("INV-1", "1842.50", tax=VAT0)
        made.bill("INV-2", "100.00", code="SOC", name="Managed SOC (MDR)")
        made.bill("INV-3", "300.00", code="SOC", name="Managed SOC (MDR)", tax=VAT0)
        made.know_customers()
        made.look()
    return made


@pytest.fixture
def other(app: Flask) -> Northgate:
    """Another workspace with its own connection."""
    with app.app_context():
        made = make_northgate("harcourt", "9130358")
        made.bill("INV-1")
    return made


@pytest.fixture
def priya(client: FlaskClient, northgate: Northgate) -> Visitor:
    return Visitor(client)


@pytest.fixture
def vera(client: FlaskClient, northgate: Northgate) -> Visitor:
    return Visitor(client, "vera@northgate.example")


def row(northgate: Northgate, code: str, kind: str = "service", **more: Any) -> dict[str, Any]:
    return {"connection": northgate.connection_id, "kind": kind, "code": code, **more}


def test_an_invoice_that_waits_for_two_codes_counts_once_in_the_heading(priya):
    page = text_of(priya.get("/mappings"))
    assert "2 mappings are missing. They hold back £2,262.50." in page
    assert "3 invoices wait." in page
    assert "VAT Zero 0% Also waits for: a service (1) 2 £2,142.50" in page
    assert "Managed SOC (MDR) Also waits for: a tax code (1) 2 £420.00" in page


def test_the_button_names_only_the_invoices_that_wait_for_nothing_else(priya):
    assert "Accept and push 1" in text_of(priya.get("/mappings"))


def test_the_menu_counts_what_the_heading_counts(priya):
    assert "2 not mapped" in text_of(priya.get("/mappings"))


def test_one_of_several_companies_lacks_only_what_goes_there(priya, app, northgate):
    with app.app_context():
        second = add_connection(northgate.workspace_id, "9130359", currency="EUR")
        number = second.id
        db.session.commit()
    page = text_of(priya.get("/mappings"))
    assert "2 mappings are missing." in page
    assert "2 not mapped" in page
    empty = text_of(priya.get(f"/mappings?connection={number}"))
    assert "Everything is mapped" in empty
    assert "Not for this company so far" in empty
    assert "certain" not in empty.split("Not for this company so far")[0]
    priya.post("/mappings/accept", connection=number, which="all")
    assert "Not for this company so far" in text_of(priya.get(f"/mappings?connection={number}"))
    with app.app_context():
        northgate.bill("INV-4", currency="EUR")
        db.session.execute(
            update(Invoice).where(Invoice.number == "INV-4").values(connection_id=number)
        )
        db.session.commit()
    page = text_of(priya.get(f"/mappings?connection={number}"))
    assert "2 mappings are missing." in page
    assert "4 not mapped" in page


def test_the_dearest_group_and_row_come_first(priya):
    page = text_of(priya.get("/mappings"))
    assert page.index("VAT Zero 0%") < page.index("Managed SOC (MDR)")


def test_a_saved_row_comes_back_with_undo_and_everything_that_changed(priya, northgate):
    form = row(northgate, "VAT0", "tax_code", ledger_name="0.0% Z", expected="")
    answer = priya.post("/mappings/save", part=True, **form)
    assert answer.status_code == 200
    assert "You, just now" in text_of(answer)
    assert '<hx-partial hx-target="#heading"' in answer.text
    assert "1 mapping is missing. It holds back £420.00." in text_of(answer)
    said = "1 invoice goes to QuickBooks now. 1 still waits for: a service (1)."
    assert f"Mapped to “0.0% Z”. {said}" in text_of(answer)


def test_a_refused_row_comes_back_as_422_with_its_sentence(priya, northgate):
    form = row(northgate, "VAT0", "tax_code", ledger_name="5.0% R", expected="")
    answer = priya.post("/mappings/save", part=True, **form)
    assert answer.status_code == 422
    assert "“VAT Zero 0%” is 0% in billing and “5.0% R” is 5%." in text_of(answer)
    assert "Map “VAT Zero 0%” to “5.0% R” all the same" in text_of(answer)


def test_an_item_whose_entry_became_inactive_is_not_mapped_any_more(priya, app, northgate):
    with app.app_context():
        entry = db.session.scalars(select(CatalogueRow).filter_by(ledger_id="31")).one()
        entry.active = False
        db.session.commit()
    page = text_of(priya.get("/mappings"))
    assert "3 mappings are missing." in page
    assert "Its item “Managed Workstation” is inactive in QuickBooks" in page
    assert "3 not mapped" in page


def test_with_vat_off_no_tax_code_is_missing(priya, app, northgate):
    with app.app_context():
        db.session.get_one(Connection, northgate.connection_id).tax_enabled = False
        db.session.commit()
    page = text_of(priya.get("/mappings"))
    assert "1 mapping is missing." in page
    assert "VAT is off in QuickBooks, so tax codes need no mapping there." in page


def test_the_search_finds_by_name_and_account_and_never_a_purchase_code(priya, app, northgate):
    with app.app_context():
        entry = db.session.scalars(select(CatalogueRow).filter_by(ledger_id="12")).one()
        entry.details = {"for_sales": False}
        db.session.commit()
    query = f"/mappings/search?connection={northgate.connection_id}&kind="
    assert priya.get(query + "service&q=licences").text.count('data-id="3') == 1
    assert priya.get(query + "service&q=4000").text.count('data-id="3') == 4
    assert "20.0% S" in priya.get(query + "tax_code&q=20.0%25").text
    assert "RC SG" not in priya.get(query + "tax_code&q=20.0%25").text
    assert 'data-id="3' not in priya.get(query + "service&q=%25").text


CHANGES = ["/mappings/save", "/mappings/undo", "/mappings/accept", "/mappings/import",
           "/mappings/import/apply", "/mappings/read-again"]  # fmt: skip


@pytest.mark.parametrize("path", CHANGES)
def test_a_viewer_changes_nothing(vera, app, northgate, path):
    form = row(northgate, "SOC", ledger_name="Managed Security", which="all")
    assert vera.post(path, **form).status_code == 403
    with app.app_context():
        assert db.session.scalars(select(Mapping).filter_by(code="SOC")).all() == []


def test_a_viewer_sees_the_page_without_its_buttons(vera):
    page = vera.get("/mappings")
    assert page.status_code == 200
    assert "data-accept" not in page.text
    assert "Accept" not in text_of(page)


@pytest.mark.parametrize("path", CHANGES)
def test_another_workspaces_connection_is_not_there_to_change(priya, app, other, path):
    form = row(other, "MW-STD", ledger_name="Managed Workstation", which="all")
    assert priya.post(path, **form).status_code == 404
    with app.app_context():
        made = db.session.scalars(select(Mapping).filter_by(connection_id=other.connection_id))
        assert made.all() == []


@pytest.mark.parametrize(
    "path", ["/mappings?", "/mappings/search?kind=service&", "/mappings/mappings.csv?",
             "/mappings/row?kind=service&code=MW-STD&"],
)  # fmt: skip
def test_another_workspaces_connection_is_not_there_to_see(priya, other, path):
    assert priya.get(f"{path}connection={other.connection_id}").status_code == 404


def test_accepting_what_is_certain_is_noted_under_the_persons_name(priya, app, northgate):
    priya.post("/mappings/accept", connection=northgate.connection_id, which="certain")
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).filter_by(action="mapping.save")).all()
        assert [(e.actor, e.detail["code"]) for e in entries] == [("Priya Nair", "VAT0")]


def test_names_that_look_like_html_are_shown_as_they_are(priya, app, northgate):
    with app.app_context():
        db.session.add(
            TaxCode(
                workspace_id=northgate.workspace_id,
                code="<b>'\"&",
                name="<script>alert(1)</script>",
                rate=Decimal(20),
            )
        )
        db.session.commit()
    page = priya.get("/mappings").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    form = row(northgate, "<b>'\"&", "tax_code", ledger_name="20.0% S", expected="")
    assert priya.post("/mappings/save", part=True, **form).status_code == 200


def test_without_a_connection_the_page_says_what_comes_first(client, app):
    with app.app_context():
        workspace = Workspace(slug="new", name="New Ltd", country="GB", currency="GBP")
        db.session.add(workspace)
        db.session.flush()
        a_person(workspace)
    answer = client.get("/login")
    assert answer.status_code == 200
    page = Visitor(client).get("/mappings")
    assert "No ledger is connected" in text_of(page)


def test_only_the_newest_few_that_this_person_mapped_just_now_stand_out(priya, northgate, app):
    with app.app_context():
        for number in range(5):
            northgate.bill(f"INV-9{number}", code=f"S{number}", name=f"Service {number}")
    for number in range(5):
        priya.post(
            "/mappings/save",
            **row(northgate, f"S{number}", ledger_name="Managed Print", expected=""),
        )

    page = priya.get("/mappings").text
    assert tinted(page) == ["Service 2", "Service 3", "Service 4"]
    assert page.count("data-undo") == 5

    with app.app_context():
        for code, changes in {
            "S4": {"set_by": "Vera"},
            "S3": {"set_at": datetime.now(UTC) - timedelta(minutes=10)},
        }.items():
            db.session.execute(update(Mapping).where(Mapping.code == code).values(**changes))
        db.session.commit()
    assert tinted(priya.get("/mappings").text) == ["Service 0", "Service 1", "Service 2"]


def tinted(page: str) -> list[str]:
    return sorted(re.findall(r'class="row-done">\s*<th[^>]*>([^<]+)</th>', page))


def test_lists_that_we_may_not_read_any_more_are_asked_for_with_a_sentence(client, northgate):
    priya = Visitor(client)
    answer = priya.post("/mappings/read-again", connection=northgate.connection_id)

    assert answer.status_code == 302
    assert "first: it does not accept our permission." in text_of(priya.get(answer.location))
