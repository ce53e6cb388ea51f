"""A session ends in mid-form: afterwards, what was typed is back and nothing was sent."""

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.models import Workspace
from tests.builders import PASSWORD, a_person
from tests.northgate import VAT0, make_northgate
from tests.people import PRIYA

pytestmark = pytest.mark.browser


@pytest.fixture
def page(app, browser_page):
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id), "owner")
        made.bill("INV-1", "1200.00", tax=VAT0)
        made.look()
    browser_page.goto("/login")
    sign_in(browser_page)
    browser_page.wait_for_url("/")
    return browser_page


def sign_in(page):
    page.get_by_label("E-mail address").fill(PRIYA)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_a_form_comes_back_as_it_was_typed_but_for_its_password(app, page):
    page.goto("/settings")
    page.get_by_label("Name", exact=True).first.fill("Southgate IT Ltd")
    page.get_by_label("Daily check at").select_option("9")
    page.get_by_label("First password").fill("never kept anywhere")
    page.get_by_role("radio", name="Only when something differs").check()
    page.context.clear_cookies()

    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("signed out before this was saved")).to_be_visible()
    assert "never kept" not in page.evaluate("JSON.stringify(sessionStorage)")
    sign_in(page)

    expect(page).to_have_url("/settings")
    expect(page.get_by_role("alert")).to_contain_text("What you typed is back in its place.")
    expect(page.get_by_label("Name", exact=True).first).to_have_value("Southgate IT Ltd")
    expect(page.get_by_label("Name", exact=True).first).to_be_focused()
    expect(page.get_by_label("Daily check at")).to_have_value("9")
    expect(page.get_by_role("radio", name="Only when something differs")).to_be_checked()
    expect(page.get_by_label("First password")).to_have_value("")
    with app.app_context():
        assert db.session.query(Workspace).one().reconcile_hour == 6
    page.reload()
    expect(page.get_by_label("Daily check at")).to_have_value("6")


def test_a_row_comes_back_with_the_entry_chosen_and_goes_when_pressed(page):
    page.goto("/mappings")
    row = page.get_by_role("row").filter(has_text="VAT Zero")
    field = row.get_by_role("combobox")
    field.click()
    field.fill("Exempt")
    page.get_by_role("option").filter(has_text="Exempt").first.click()
    chosen = field.input_value()
    page.context.clear_cookies()

    row.locator("[data-accept]").click()
    expect(page.get_by_text("signed out before this was saved")).to_be_visible()
    sign_in(page)

    expect(page.get_by_role("alert")).to_contain_text("What you typed is back in its place.")
    field = page.get_by_role("row").filter(has_text="VAT Zero").get_by_role("combobox")
    expect(field).to_have_value(chosen)
