"""From an empty workspace to an invoice in the books by the pages' own buttons, with the sample."""

import os
import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import House, Visit, consent, row_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


class Walker:
    """A person who presses what the page offers; counts presses, says when what was reached."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.began = page, 0, time.monotonic()

    def press(self, name: str, role: str = "button") -> None:
        self.presses += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    def reached(self, what: str) -> None:
        """Say when (pytest -s), and take pictures where WALK names a folder."""
        folder = os.environ.get("WALK")
        print(f"{time.monotonic() - self.began:6.1f} s  {self.presses:2} presses  {what}")
        if folder:
            for width in (1440, 390):
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.screenshot(path=f"{folder}/{self.presses:02}-{width}.png", full_page=True)
            self.page.set_viewport_size({"width": 1440, "height": 900})


def test_the_filled_button_leads_to_the_first_invoice_in_the_books(
    house: House, visit: Visit
) -> None:
    office = house.office(connected=False)
    page = visit(office)
    walker = Walker(page)
    walker.press("Connect", "link")
    walker.press("Connect to QuickBooks")
    consent(page, office)
    walker.presses += 2
    expect(page.locator("h1")).to_have_text("Point billing at Ledgerbridge")
    walker.reached("connected, on billing's page")
    walker.press("Send a sample invoice")
    expect(page.get_by_role("status").first).to_contain_text("SAMPLE-1 came in.")
    walker.reached("sample sent")
    walker.press("Next: map services and tax codes", "link")
    walker.reached("mappings")
    for name in ("VAT Standard 20%", "Cloud backup"):
        row_of(page, name).get_by_role("button", name="Accept").click()
        walker.presses += 1
    expect(page.locator("h1")).to_have_text("Everything is mapped")
    walker.reached("mapped")
    expect(page.locator("#flow-next")).to_have_class(re.compile("btn-primary"))
    walker.press("Next: check what would go", "link")
    expect(page.locator("h1")).to_have_text("Every check passes")
    walker.reached("checked")
    walker.press("Next: switch pushing on", "link")
    walker.press("Push this one")
    walker.reached("tried")
    expect(page.locator("#tried")).to_contain_text("QuickBooks has it.")
    expect(page.locator("h1")).to_have_text("SAMPLE-1 is in QuickBooks")
    expect(page.locator("#count-invoices")).to_be_empty()
    walker.reached("in QuickBooks")
    there = office.simulator.books(office.realm)["invoices"]
    assert [each["DocNumber"] for each in there].count("SAMPLE-1") == 1
