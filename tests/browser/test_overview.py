"""The overview in a real browser: live without losing the place, on paper and on a phone."""

import pytest
from playwright.sync_api import expect

from app.domain.problem import Missing
from app.domain.states import SyncState
from app.extensions import db
from app.models import Invoice
from tests.builders import (
    PASSWORD,
    a_check,
    a_connection,
    a_difference,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.people import PRIYA

pytestmark = pytest.mark.browser

VAT_ZERO = Missing("tax_code", "VAT0", "VAT Zero 0%")
POLL = 16_000  # milliseconds: a little more than the page waits between polls


@pytest.fixture
def page(app, browser_page):
    """The overview of Northgate: two invoices wait, one differs."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        an_invoice(connection, "12000.00", missing=VAT_ZERO, customer="Healthpoint Charity")
        an_invoice(connection, "6420.00", missing=VAT_ZERO)
        an_invoice(connection, "3000.00")
        a_difference(a_check(connection, "differs"), "-216.00")
        db.session.commit()
    browser_page.clock.install()
    browser_page.goto("/login")
    browser_page.get_by_label("E-mail address").fill(PRIYA)
    browser_page.get_by_label("Password").fill(PASSWORD)
    browser_page.get_by_role("button", name="Sign in").click()
    expect(browser_page.locator("h1")).to_contain_text("not in your ledger yet")
    browser_page.wait_for_load_state("load")  # its scripts are at work
    return browser_page


def clear_up(app):
    with app.app_context():
        for invoice in db.session.query(Invoice).filter_by(sync_state=SyncState.BLOCKED):
            invoice.sync_state, invoice.problem = SyncState.PUSHED, None
        db.session.commit()


def test_the_rows_add_up_to_the_heading_and_each_has_one_action(page):
    expect(page.locator("h1")).to_have_text("£18,420.00 is not in your ledger yet")
    rows = page.locator("#attention .work")

    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("2 invoices wait for a tax-code mapping: VAT Zero 0%")
    expect(rows.nth(0).get_by_role("link")).to_have_text("Map VAT Zero 0%")
    assert "/mappings?" in rows.nth(0).get_by_role("link").get_attribute("href")


def test_a_poll_brings_heading_menu_and_rows_up_to_date_and_keeps_the_focus(page, app):
    page.get_by_role("link", name="See the 1 difference").focus()
    clear_up(app)
    page.clock.run_for(POLL)

    expect(page.locator("h1")).to_have_text("£216.00 differs between billing and QuickBooks")
    expect(page.locator("#attention .work")).to_have_count(1)
    expect(page.locator("#count-invoices")).to_have_text("")
    expect(page.get_by_role("link", name="See the 1 difference")).to_be_focused()


def test_a_hidden_tab_asks_nothing(page):
    asked = []
    page.on("request", lambda request: asked.append(request.resource_type))
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.clock.run_for(3 * POLL)

    assert "fetch" not in asked


def test_a_page_that_gets_no_answer_says_that_it_is_old(page):
    page.context.set_offline(True)
    for _ in range(3):
        with page.expect_event("requestfailed"):
            page.clock.run_for(POLL)

    expect(page.locator(".live")).to_contain_text("Not updating since")
    expect(page.locator("h1")).to_contain_text("not in your ledger yet")


def test_a_session_that_ended_leads_to_sign_in_at_the_next_poll(page):
    page.context.clear_cookies()
    page.clock.run_for(POLL)

    expect(page).to_have_title("Sign in · Ledgerbridge")


def test_the_chart_says_in_words_what_it_draws_and_can_be_a_table(page):
    chart = page.get_by_role("img", name="Column chart")
    assert "£18,420.00" in chart.get_attribute("aria-label")
    expect(chart.locator("canvas")).to_have_count(1)

    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("region", name="Invoiced per day")).to_contain_text("£3,000.00")


def test_the_menu_opens_by_keyboard_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("link", name="Customers")).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    page.clock.run_for(1000)

    expect(page.get_by_role("link", name="Customers")).to_be_visible()
