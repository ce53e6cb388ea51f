"""Invoices and the sync log in a real browser, on an invoice that really goes to the ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice
from app.usecases.accounts import create_user
from simulator.client import NORTHGATE
from tests.connected import Connected, connect
from tests.northgate import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def northgate(app: Flask, simulator) -> Connected:
    """INV-0001 and INV-0002 are queued; nobody drains yet."""
    with app.app_context():
        made = connect(simulator)
        create_user(made.workspace_id, "priya@northgate.example", "finance", "correct horse",
                    name="Priya Nair")  # fmt: skip
        made.map_all()
        made.bill("INV-0001")
        made.bill("INV-0002", "100.00", customer="Meridian Care Homes Ltd")
    return made


@pytest.fixture
def page(browser_page: Page, northgate: Connected) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    return browser_page


@pytest.fixture
def plain_page(chromium: Browser, live_server: str, northgate: Connected) -> Iterator[Page]:
    """A page without JavaScript."""
    context = chromium.new_context(base_url=live_server, java_script_enabled=False)
    context.set_default_timeout(10_000)
    made = context.new_page()
    sign_in(made, "priya@northgate.example")
    yield made
    context.close()


def drain(app: Flask, northgate: Connected) -> None:
    with app.app_context():
        northgate.drain()


def refuse(app: Flask, northgate: Connected) -> None:
    """Let the books be closed, unknown to us, and push."""
    northgate.simulator.set_company(NORTHGATE, BookCloseDate="2026-12-31")
    drain(app, northgate)


def test_an_open_page_follows_the_invoice_into_the_ledger_and_then_stops_asking(
    page, app, northgate
):
    page.goto("/invoices/1")
    expect(page.locator("#heading")).to_contain_text("Queued")
    drain(app, northgate)

    expect(page.locator("#heading")).to_contain_text("In the ledger", timeout=10_000)
    expect(page.locator("#live")).to_contain_text("Booked in QuickBooks")
    expect(page.get_by_label("JSON", exact=True)).to_contain_text('"DocNumber": "INV-0001"')
    expect(page.locator("#live[hx-trigger]")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3_600)  # longer than one turn of the poll
    assert asked == []


def test_what_was_booked_agrees_with_billing_on_the_page(page, app, northgate):
    drain(app, northgate)
    page.goto("/invoices/1")
    card = page.locator("section", has=page.get_by_role("heading", name="In each system"))
    for figure, amount in [("Total", "£540.00"), ("VAT", "£90.00"), ("Open", "£540.00")]:
        cells = card.locator("tr", has=page.get_by_role("rowheader", name=figure)).locator("td")
        expect(cells).to_have_text([amount, amount])


def test_a_refusal_is_explained_and_tried_again_from_the_page(page, app, northgate):
    refuse(app, northgate)
    page.goto("/invoices/1")
    expect(page.locator("#heading")).to_contain_text("Refused by QuickBooks")
    note = page.locator(".note-bad")
    expect(note).to_contain_text("What it means:")
    expect(note).to_contain_text("What to do:")
    expect(note).to_contain_text("1 other invoice has the same cause.")

    northgate.simulator.set_company(NORTHGATE, BookCloseDate=None)
    note.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("INV-0001 goes again.")).to_be_visible()
    drain(app, northgate)
    expect(page.locator("#heading")).to_contain_text("In the ledger", timeout=10_000)


def test_the_sync_log_opens_a_row_and_tries_the_ticked_ones_again(page, app, northgate):
    refuse(app, northgate)
    page.goto("/sync-log")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="Details of INV-0001", exact=True).click()
    expect(page.locator("tr.detail:visible")).to_contain_text("Exact error")
    page.get_by_role("checkbox", name="Choose all rows shown").check()
    expect(bar).to_contain_text("2 chosen, £660.00")
    bar.get_by_role("button", name="Try again…").click()
    expect(page.locator("h1")).to_have_text("Try 2 invoices, £660.00, again?")
    page.get_by_role("button", name="Try again: 2 invoices, £660.00").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("2 invoices made ready to go")
    with app.app_context():
        assert set(db.session.scalars(select(Invoice.sync_state))) == {"waiting"}


def test_new_rows_wait_until_they_are_asked_for(page, app, northgate):
    page.goto("/sync-log?show=all")
    expect(page.get_by_text("Nothing in this time")).to_be_visible()
    drain(app, northgate)
    link = page.get_by_role("link", name="Show 4 new rows")  # two customers, two invoices
    expect(link).to_be_visible(timeout=12_000)
    expect(page.get_by_role("link", name="INV-0001")).to_have_count(0)
    link.click()
    expect(page.get_by_role("link", name="INV-0001")).to_be_visible()


def test_typing_filters_the_list_and_the_address_keeps_it(page):
    page.goto("/invoices")
    expect(page.get_by_role("link", name="INV-0001")).to_be_visible()
    page.get_by_role("searchbox").press_sequentially("meridian")
    expect(page.get_by_role("link", name="INV-0001")).to_have_count(0)
    expect(page.get_by_role("link", name="INV-0002")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.wait_for_url("**/invoices?*q=meridian*")
    page.reload()
    expect(page.get_by_role("link", name="INV-0002")).to_be_visible()
    expect(page.get_by_role("link", name="INV-0001")).to_have_count(0)


def test_without_javascript_invoices_are_found_opted_out_and_allowed(plain_page, app):
    plain_page.goto("/invoices?q=0001")
    plain_page.get_by_role("link", name="INV-0001").click()
    plain_page.get_by_role("button", name="Do not push").click()
    expect(plain_page.get_by_text("INV-0001 will not be pushed.")).to_be_visible()
    plain_page.get_by_role("button", name="Allow pushing").click()
    expect(plain_page.get_by_text("INV-0001 may go again.")).to_be_visible()


def test_without_javascript_ticked_invoices_are_moved(plain_page, app):
    plain_page.goto("/invoices")
    plain_page.get_by_role("checkbox", name="Choose INV-0002").check()
    plain_page.get_by_role("button", name="Do not push…").click()
    expect(plain_page.locator("h1")).to_contain_text("Do not push 1 invoice, £")
    plain_page.get_by_role("button", name="Do not push: 1 invoice").click()
    expect(plain_page.get_by_text("1 invoice will not be pushed.")).to_be_visible()
