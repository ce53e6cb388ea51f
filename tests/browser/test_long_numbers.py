"""A number of forty characters on a phone and on a desk: what stands beside it stays in sight."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

from app.domain.problem import Missing
from app.extensions import db
from tests.builders import PASSWORD, a_connection, a_person, a_workspace, an_invoice
from tests.people import PRIYA

pytestmark = pytest.mark.browser

LONG = "NORTHGATE-2026-11-RECURRING-SUPPORT-4711"
VAT_ZERO = Missing("tax_code", "VAT0", "VAT Zero 0%")


@pytest.fixture
def page(app: Flask, browser_page: Page) -> Page:
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        an_invoice(a_connection(workspace), number=LONG, missing=VAT_ZERO)
        db.session.commit()
    browser_page.goto("/login")
    browser_page.get_by_label("E-mail address").fill(PRIYA)
    browser_page.get_by_label("Password").fill(PASSWORD)
    browser_page.get_by_role("button", name="Sign in").click()
    browser_page.wait_for_url(lambda url: "/login" not in url)
    return browser_page


def test_amount_state_and_number_end_within_the_page(page: Page) -> None:
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/sync-log", "/invoices", "/customers/1"):
            page.goto(path)
            row = page.locator("tr.entry", has_text=LONG)
            for part in (".k-what a", ".k-amt", ".k-res"):
                box = row.locator(part).bounding_box()
                assert box is not None, (path, part)
                assert box["x"] + box["width"] <= width, (path, width, part)
