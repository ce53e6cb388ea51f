"""Connecting through the vendor's own page, and what a connection's page does afterwards."""

import re

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.models import Connection, Workspace
from app.usecases.company.open_ledger import governor
from simulator.client import NORTHGATE
from tests.builders import PASSWORD, a_connection, a_person, a_workspace
from tests.people import PRIYA

pytestmark = pytest.mark.browser


@pytest.fixture
def priya(app):
    """Return the number of a workspace with Priya in it."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        return workspace.id


@pytest.fixture
def page(priya, browser_page):
    return signed_in(browser_page)


def signed_in(page):
    page.goto("/login")
    page.get_by_label("E-mail address").fill(PRIYA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


@pytest.fixture
def connected(app, priya, page):
    """The page of a connection, with the test's own rows behind it."""
    with app.app_context():
        connection = a_connection(workspace_of(priya))
        db.session.commit()
        number = connection.id
    page.goto(f"/connections/{number}")
    return page


def workspace_of(number):
    return db.session.get_one(Workspace, number)


def consent(page, button="Connect"):
    """Act as the bookkeeper at the simulated Intuit's page."""
    page.locator(f"[name=realm][value='{NORTHGATE}']").check()
    page.get_by_role("button", name=re.compile(f"^{button}", re.IGNORECASE)).click()


def test_connecting_goes_to_the_vendor_and_comes_back_with_the_company(simulator, page):
    page.goto("/connect")
    page.get_by_role("button", name="Connect to QuickBooks").click()
    page.wait_for_url(re.compile("/connect/oauth2"))
    consent(page)

    expect(page.locator("h1")).to_have_text("Point billing at Ledgerbridge")
    expect(page.get_by_role("status").first).to_have_text("Northgate IT Services Ltd is connected.")
    expect(page.get_by_role("link", name="QuickBooks", exact=True)).to_be_visible()


def test_a_refused_consent_is_a_sentence(simulator, page):
    page.goto("/connect")
    page.get_by_role("button", name="Connect to QuickBooks").click()
    page.wait_for_url(re.compile("/connect/oauth2"))
    consent(page, "(No|Deny|Cancel|Don)")

    expect(page.get_by_role("alert")).to_have_text(
        "You did not give Ledgerbridge access to QuickBooks."
    )


def test_a_vendor_that_cannot_be_reached_is_a_sentence(page):
    page.goto("/connect")

    expect(page.get_by_role("button", name="Connect to QuickBooks")).to_be_disabled()
    expect(page.locator("main")).to_contain_text("QuickBooks cannot be reached just now.")


def test_the_disconnect_dialog_keeps_the_keyboard_inside_and_gives_the_focus_back(connected):
    opener = connected.get_by_role("button", name="Disconnect…")
    opener.focus()
    connected.keyboard.press("Enter")
    dialog = connected.get_by_role("dialog")
    expect(dialog).to_be_visible()

    # Past the last field the browser's own bar may have the keyboard, the page behind never.
    inside = "dialog => [document.body, dialog, ...dialog.querySelectorAll('*')]"
    for _ in range(8):
        connected.keyboard.press("Tab")
        assert dialog.evaluate(f"{inside}.includes(document.activeElement)")
    dialog.get_by_label("Type the company name to confirm").press("Escape")

    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_disconnecting_waits_for_the_companys_name(connected, app):
    connected.get_by_role("button", name="Disconnect…").click()
    dialog = connected.get_by_role("dialog")
    go = dialog.get_by_role("button", name="Disconnect", exact=True)
    expect(go).to_be_disabled()

    dialog.get_by_label("Type the company name to confirm").fill("Northgate IT Services Ltd")
    go.click()

    expect(connected.get_by_text("Northgate IT Services Ltd is disconnected.")).to_be_visible()
    with app.app_context():
        assert db.session.query(Connection).one().state == "disconnected"


def test_the_live_part_follows_what_happens(connected, app):
    expect(connected.locator("#sync-state")).to_contain_text("Nothing")
    with app.app_context():
        connection = db.session.query(Connection).one()
        company = f"quickbooks:{connection.environment}:{connection.company_id}"
        governor().pause(company, 60, "QuickBooks asked us to wait.")

    expect(connected.locator("#sync-state")).to_contain_text("Until ")
    expect(connected.locator("#sync-state")).to_contain_text("QuickBooks asked us to wait.")


def test_settings_are_saved_without_javascript_too(chromium, live_server, app, priya):
    with app.app_context():
        number = a_connection(workspace_of(priya)).id
        db.session.commit()
    context = chromium.new_context(base_url=live_server, java_script_enabled=False)
    plain = signed_in(context.new_page())
    plain.goto(f"/connections/{number}")

    plain.get_by_text("Hold it for review").click()
    plain.get_by_role("button", name="Save settings").click()
    expect(plain.get_by_text("Settings saved.")).to_be_visible()
    plain.get_by_role("button", name="Disconnect…").click()
    plain.get_by_label("Type the company name to confirm").fill("Northgate IT Services Ltd")
    plain.get_by_role("button", name="Disconnect", exact=True).click()

    expect(plain.get_by_text("is disconnected. Nothing was deleted")).to_be_visible()
    context.close()
    with app.app_context():
        assert db.session.query(Connection).one().push_mode == "review"
