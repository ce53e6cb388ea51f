"""A company without VAT, or without tax codes: what the check and the mappings say about it."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import delete

from app.domain.problem import Problem
from app.domain.states import CatalogueKind, SyncState
from app.extensions import db
from app.models import CatalogueRow, Connection, Workspace
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.northgate import make_northgate
from tests.visitor import Visitor, text_of

OFF = "VAT is switched off in QuickBooks."
NO_CODES = "QuickBooks has no tax codes. Switch VAT on there, then press “Read again”."


@pytest.fixture
def harrow_lane(app):
    """The number of a company without VAT that waits for its go-live."""
    with app.app_context():
        made = a_connection(a_workspace(), live=False, tax_enabled=False)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        db.session.commit()
        return made.id


def wait_for(app, company, **changes):
    with app.app_context():
        an_invoice(db.session.get_one(Connection, company), state=SyncState.WAITING, **changes)
        db.session.commit()


def test_a_waiting_invoice_with_vat_is_seen_before_anybody_judged_it(app, client, harrow_lane):
    person, path = Visitor(client), f"/connections/{harrow_lane}/check"
    wait_for(app, harrow_lane)
    assert f"{OFF} No waiting invoice has any." in text_of(person.get(path))
    wait_for(app, harrow_lane, total="120.00", tax_total="20.00")
    page = text_of(person.get(path))
    assert f"{OFF} 1 waiting invoice charges VAT. It stays here until it is switched on" in page
    assert "No waiting invoice has any" not in page


def test_a_company_without_tax_codes_says_so_in_the_row_and_the_picker(app, client):
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.bill("INV-1")
        of_taxes = CatalogueRow.kind == CatalogueKind.TAX_CODE
        db.session.execute(delete(CatalogueRow).where(of_taxes))
        db.session.commit()
        wanted = {"connection": made.connection_id, "kind": "tax_code"}
    person = Visitor(client)
    assert NO_CODES in text_of(person.get("/mappings"))
    assert NO_CODES in text_of(person.get(f"/mappings/search?{urlencode(wanted)}"))
    saved = {**wanted, "code": "VAT20", "ledger_name": "20.0% S", "expected": ""}
    assert NO_CODES in text_of(person.post("/mappings/save", part=True, **saved))


def test_a_refusal_by_a_closed_period_is_known_before_the_company_is_read(app, client):
    with app.app_context():
        company = a_connection(a_workspace())
        a_person(db.session.get_one(Workspace, company.workspace_id))
        refused = Problem("6210", "QuickBooks is closed for the period of its date.")
        an_invoice(company, state=SyncState.FAILED, problem=refused)
        db.session.commit()
        path = f"/connections/{company.id}"
    page = text_of(Visitor(client).get(path))
    assert "QuickBooks refused 1 invoice: its books are closed for that date." in page
    assert "no period was closed. " in page
    assert "QuickBooks has no closed period" not in page
    assert "Every check passes" not in page
