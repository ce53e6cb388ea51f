"""Documents that QuickBooks' own rules refuse: what the invoice's page says, and where it leads."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import OutboundEvent
from app.usecases.accounts import create_api_key
from app.usecases.push import actions
from simulator.client import NORTHGATE, SimulatorClient
from tests.connected import Connected, now
from tests.refusals import Reader, connected_northgate, met
from tests.visitor import text_of

CLOSED = "QuickBooks is closed for the period of its date."


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorClient) -> Connected:
    return connected_northgate(app, simulator)


@pytest.fixture
def reader(app: Flask, client: FlaskClient, northgate: Connected) -> Reader:
    return Reader(app, client)


def booked(app: Flask, northgate: Connected, number: str, **changes: Any) -> dict[str, Any]:
    """Bill an invoice, push it, and return it as the ledger has it."""
    with app.app_context():
        northgate.bill(number, **changes)
        northgate.drain()
        return northgate.booked(number)


def refused(app: Flask, northgate: Connected, number: str, state: str = "failed") -> None:
    with app.app_context():
        northgate.drain()
        assert northgate.states()[number] == state


def test_a_closed_period_is_in_the_way_of_an_invoice_and_of_its_void(
    app, northgate, reader, simulator
):
    booked(app, northgate, "INV-0001")
    simulator.set_company(NORTHGATE, BookCloseDate="2030-12-31")
    with app.app_context():
        northgate.bill("INV-0002")
        northgate.void("INV-0001")
    refused(app, northgate, "INV-0002")
    created, voided = reader.page_of("INV-0002"), reader.page_of("INV-0001")
    assert CLOSED in created
    assert "What it means: It is not in QuickBooks. Its amount and VAT are missing" in created
    assert "Change the date in billing, or reopen the period" in created
    assert CLOSED in voided
    assert "What it means: It still counts there, in the closed period." in voided
    assert "or raise a credit note in billing." in voided
    assert "Open the settings in QuickBooks" in created


def test_a_paid_invoice_is_kept_when_billing_voids_it(app, northgate, reader, simulator):
    document = booked(app, northgate, "INV-0001")
    simulator.record_payment(
        NORTHGATE, document["CustomerRef"]["value"], [(document["Id"], "100.00")]
    )
    with app.app_context():
        northgate.void("INV-0001")
        northgate.drain()  # the payment moved its version: read again, then refused
        northgate.make_due()
    refused(app, northgate, "INV-0001")
    page = reader.page_of("INV-0001")
    assert "It is paid or part paid in QuickBooks." in page
    assert (
        "What to do: Take the payment off it in QuickBooks first, or raise a credit note." in page
    )
    assert "Open it in QuickBooks" in page


@pytest.mark.parametrize("code", ["610", "6250"])
def test_an_inactive_customer(app, northgate, reader, simulator, code):
    document = booked(app, northgate, "INV-0001", customer="Meridian Care Homes Ltd")
    simulator.switch(inactive_customer=code)
    simulator.delete(NORTHGATE, "invoices", document["Id"])
    simulator.edit(NORTHGATE, "customers", document["CustomerRef"]["value"], Active=False)
    with app.app_context():
        northgate.bill("INV-0002", customer="Meridian Care Homes Ltd")
    refused(app, northgate, "INV-0002", state="blocked")
    page = reader.page_of("INV-0002")
    assert "The customer “Meridian Care Homes Ltd” is inactive there." in page
    assert "Choose customer" in page


def test_an_inactive_item(app, northgate, reader, simulator):
    document = booked(app, northgate, "INV-0001")
    item = document["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"]
    simulator.edit(NORTHGATE, "items", item, Active=False)
    with app.app_context():
        northgate.bill("INV-0002")
    refused(app, northgate, "INV-0002", state="blocked")
    page = reader.page_of("INV-0002")
    assert "which was made inactive in QuickBooks." in page
    assert "What to do: Map “Managed Workstation” to another item, or make" in page
    assert "Map Managed Workstation" in page


def test_something_else_that_is_gone(app, northgate, reader, simulator):
    simulator.inject("fault", entity="Invoice", operation="create", status=400, code="610", times=2)
    with app.app_context():
        northgate.bill("INV-0001")
    refused(app, northgate, "INV-0001")
    page = reader.page_of("INV-0001")
    assert "Something it uses was made inactive or deleted in QuickBooks" in page
    assert "Check the mapping" in page


@pytest.mark.parametrize("code", ["6140", "6210"])
def test_a_number_in_use_whichever_code_says_so(app, northgate, reader, simulator, code):
    simulator.switch(duplicate_doc_number_code=code)
    with app.app_context():
        northgate.bill("INV-0001")
        northgate.book_by_hand("INV-0001", "10.00")
    refused(app, northgate, "INV-0001")
    page = reader.page_of("INV-0001")
    assert "QuickBooks already has a document with this number, and it is not this invoice." in page
    assert "What to do: Change one of the two numbers, then try again." in page


@pytest.mark.parametrize(
    ("code", "sentence", "do"),
    [
        (
            None,
            "A supplier there already has the name “Harcourt & Finch LLP”.",
            "Choose the customer, or create it under another name.",
        ),
        (
            "2210",
            "QuickBooks does not take the e-mail address.",
            "Correct the customer's e-mail address in billing, then try again.",
        ),
    ],
)
def test_a_customer_that_is_refused_is_explained_on_its_invoices(
    app, northgate, reader, simulator, code, sentence, do
):
    simulator.create(NORTHGATE, "vendors", DisplayName="Harcourt & Finch LLP")
    if code:
        simulator.inject("fault", code=code, body="No.", entity="Customer", operation="create")
    with app.app_context():
        northgate.bill("INV-0001", customer="Harcourt & Finch LLP")
        northgate.drain()
        assert northgate.states() == {"INV-0001": "blocked"}
    page = reader.page_of("INV-0001")
    assert sentence in page
    assert f"What to do: {do}" in page
    assert "Exact error" in page


# ------------------------------------------------------------------ where it is settled


def test_the_api_and_billing_are_told_where_it_is_settled(
    app, client, northgate, simulator, public_url
):
    with app.app_context():
        mapping, settings = met(northgate, "6100"), met(northgate, "6210")
        northgate.drain()
        key = create_api_key(northgate.workspace_id, "Billing")
        events = db.session.scalars(select(OutboundEvent).order_by(OutboundEvent.id)).all()
        told = {event.data["number"]: event.data["problem"] for event in events}

    def problem(number: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key}"}
        answer = client.get(f"/api/v1/invoices/inv_{number}", headers=headers).json
        found: dict[str, Any] = answer["sync"]["problem"]
        return found

    for problems in (told, {number: problem(number) for number in (mapping, settings)}):
        assert problems[mapping]["link"] == f"{public_url}/mappings?connection=1"
        assert problems[mapping]["link_words"] == "Check the mapping"
        assert problems[mapping]["where"] == "mappings"
        assert problems[settings]["link"] == f"{simulator.url}/books/{NORTHGATE}"


def test_every_page_of_ours_that_a_problem_leads_to_is_there(app, northgate, reader):
    with app.app_context():
        for code in ("6100", "6250", "6010"):
            met(northgate, code)
        northgate.drain()
    for number, words in [
        ("INV-6100", "Check the mapping"),
        ("INV-6250", "Open the customer"),
        ("INV-6010", "Open the connection"),
    ]:
        page = reader.priya.get(f"/invoices/{reader.id_of(number)}").text
        address = page.partition('id="go" href="')[2].partition('"')[0]
        assert f">{words}</a>" in page
        assert reader.priya.get(address.replace("&amp;", "&")).status_code == 200


def test_the_sync_log_leads_there_for_all_of_a_cause_and_for_each(app, northgate, reader):
    with app.app_context():
        met(northgate, "6470")
        northgate.drain()
    log = text_of(reader.priya.get("/sync-log"))
    assert "Open the taxes in QuickBooks" in log
    detail = text_of(reader.priya.get(f"/sync-log/invoice/{reader.id_of('INV-6470')}"))
    assert "Open the taxes in QuickBooks Open INV-6470" in detail


def test_an_update_that_was_looked_at_again_is_written_and_not_looked_at_for_ever(
    app, northgate, reader
):
    booked(app, northgate, "INV-0001")
    inject = northgate.simulator.inject
    inject("reset", entity="Invoice", operation="update")
    inject("fault", code="2050", body="Too long.", entity="Invoice", operation="update", nth=2)
    with app.app_context():
        northgate.revise("INV-0001", "200.00")
        northgate.drain()
        northgate.make_due()
    refused(app, northgate, "INV-0001")
    with app.app_context():
        actions.retry([reader.id_of("INV-0001")], "Priya Nair", None, now())
        northgate.drain()
        assert northgate.states() == {"INV-0001": "pushed"}
