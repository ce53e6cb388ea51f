"""Signing in, as a person does it."""

import pytest
from playwright.sync_api import expect

from tests.builders import PASSWORD, a_person, a_workspace
from tests.people import PRIYA

pytestmark = pytest.mark.browser


@pytest.fixture
def page(app, browser_page):
    with app.app_context():
        a_person(a_workspace(), "owner")
    return browser_page


def sign_in(page, password=PASSWORD):
    page.get_by_label("E-mail address").fill(PRIYA)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_the_keyboard_is_enough_and_the_wanted_page_comes_back(page):
    page.goto("/customers?q=Oak")
    expect(page.get_by_label("E-mail address")).to_be_focused()

    sign_in(page)

    expect(page).to_have_url("/customers?q=Oak")
    expect(page.locator("h1")).to_have_text("0 customers named “Oak”")


def test_a_wrong_password_keeps_the_address_and_goes_back_to_the_password(page):
    page.goto("/login")
    sign_in(page, "wrong horse")

    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail address")).to_have_value(PRIYA)
    expect(page.get_by_label("Password")).to_be_focused()


def test_signing_out_ends_at_the_sign_in_page(page):
    page.goto("/login")
    sign_in(page)
    page.wait_for_url("/")
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto("/")
    expect(page).to_have_title("Sign in · Ledgerbridge")


def test_a_form_that_outlived_its_session_leads_to_sign_in_and_back(page):
    page.goto("/login")
    sign_in(page)
    page.wait_for_url("/")
    page.goto("/settings")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save settings").click()

    expect(page.get_by_text("signed out before this was saved")).to_be_visible()
    sign_in(page)
    expect(page).to_have_url("/settings")
