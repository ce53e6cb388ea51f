"""A refused invoice in a real browser: read what to do, and go where it is done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from simulator.client import SimulatorClient
from tests.builders import PASSWORD
from tests.connected import Connected
from tests.pages.looking import too_wide
from tests.people import PRIYA
from tests.refusals import connected_northgate, met

pytestmark = pytest.mark.browser


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorClient) -> Connected:
    made = connected_northgate(app, simulator)
    with app.app_context():
        met(made, "6100")
        made.drain()
    return made


def test_the_button_beside_what_to_do_leads_to_where_it_is_done(
    browser_page: Page, northgate: Connected, tmp_path: Path
) -> None:
    page = browser_page
    page.goto("/login")
    page.get_by_label("E-mail address").fill(PRIYA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    page.goto("/invoices/1")
    note = page.locator(".note-bad")
    expect(note).to_contain_text("A line has a tax code QuickBooks does not use on sales.")
    expect(note).to_contain_text("What to do: Check the mapping of its lines, then try again.")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=tmp_path / f"refused-{width}.png")
        assert too_wide(page) <= 0
    note.get_by_role("link", name="Check the mapping").click()
    expect(page).to_have_url(re.compile(r"/mappings\?connection=1"))
