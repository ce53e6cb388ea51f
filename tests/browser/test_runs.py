"""A wrong run is found, looked at and taken back in a real browser."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.extensions import db
from app.models import Push
from app.usecases.accounts import create_user
from simulator.client import NORTHGATE, SimulatorProcess
from tests.back import drained
from tests.connected import Connected, connect, numbers
from tests.northgate import sign_in
from tests.pages.looking import no_sideways_scroll
from tests.runs import a_run

pytestmark = pytest.mark.browser
COMPANY = "Northgate IT Services Ltd"


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorProcess) -> Connected:
    """Twenty-two invoices of one run; one of them was paid a moment ago."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        for number in numbers(22):
            made.bill(number)
        drained(made, 60)
        a_run(made)
        paid = made.booked("INV-0001")
        customer = paid["CustomerRef"]["value"]
        simulator.record_payment(NORTHGATE, customer, [(paid["Id"], "120.00")])
        create_user(
            made.workspace_id, "priya@northgate.example", "finance", "correct horse",
            name="Priya Nair",
        )  # fmt: skip
    return made


@pytest.fixture
def page(browser_page: Page, northgate: Connected) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    return browser_page


def test_a_run_is_taken_back_from_the_log_to_the_last_invoice(
    app: Flask, northgate: Connected, page: Page
) -> None:
    page.goto("/sync-log")
    page.get_by_role("link", name="Runs").click()
    no_sideways_scroll(page)
    page.locator("tbody th a").click()
    no_sideways_scroll(page)
    page.get_by_role("link", name="Take this run back…").click()
    expect(page.locator("h1")).to_have_text("Take 22 invoices, £11,880.00, out of QuickBooks?")
    no_sideways_scroll(page)

    go = page.get_by_role("button", name="Take 22 invoices back")
    expect(go).to_be_disabled()
    page.get_by_text("Delete them").click()
    page.get_by_label("Type the company name to confirm").fill(COMPANY)
    go.click()
    expect(page.get_by_text("22 invoices are being taken back.")).to_be_visible()
    live = page.locator("#live")
    expect(live).to_contain_text("of 22 invoices, 22 to go")

    with app.app_context():
        drained(northgate, 60)
        assert set(northgate.books()) == {"INV-0001"}
    expect(live).to_contain_text("of 22 invoices, 1 left in QuickBooks")
    expect(live).to_contain_text("It is paid or part paid in QuickBooks.")
    expect(live).not_to_have_attribute("hx-trigger", "every 2s")
    no_sideways_scroll(page)

    live.get_by_role("link", name="INV-0002").click()
    expect(page.locator("main")).to_contain_text("by Priya Nair: deleted in QuickBooks.")
    page.get_by_role("button", name="Push now").click()
    with app.app_context():
        drained(northgate)
        assert set(northgate.books()) == {"INV-0001", "INV-0002"}


def test_without_javascript_the_name_is_wanted_all_the_same(
    chromium, live_server: str, app: Flask, northgate: Connected
) -> None:
    context = chromium.new_context(base_url=live_server, java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, "priya@northgate.example")
    plain.goto("/runs/1/undo")
    plain.get_by_text("Void them").click()
    plain.get_by_label("Type the company name to confirm").fill("Northgate")
    plain.get_by_role("button", name="Take 22 invoices back").click()

    expect(plain.get_by_role("alert")).to_contain_text("Nothing was changed.")
    context.close()
    with app.app_context():
        assert db.session.query(Push).filter(Push.undoes_id.is_not(None)).count() == 0
