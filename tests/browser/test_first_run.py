"""From an empty workspace to the first invoice in the books and live, by the pages' own buttons."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.house import House
from tests.journeys.presses import (
    PATIENCE,
    Visit,
    Wait,
    consent,
    go_live,
    row_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


class Walker:
    """A person who presses what the page offers, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses = page, 0

    def press(self, name: str, role: str = "button") -> None:
        self.presses += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]


def test_the_sample_tries_the_road_and_billings_invoices_follow(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office(connected=False)
    page = visit(office)
    expect(page.locator("h1")).to_contain_text("to the first invoice in your ledger")
    walker = Walker(page)
    walker.press("Connect", "link")
    walker.press("Connect to QuickBooks")
    consent(page, office)
    expect(page.locator("h1")).to_have_text("Point billing at Ledgerbridge")
    walker.press("Send a sample invoice")
    expect(page.get_by_role("status").first).to_contain_text("SAMPLE-1 came in.")
    walker.press("Next: map services and tax codes", "link")
    for name in ("VAT Standard 20%", "Cloud backup"):
        row_of(page, name).get_by_role("button", name="Accept").click()
        walker.presses += 1
    expect(page.locator("h1")).to_have_text("Everything is mapped")
    expect(page.locator("#flow-next")).to_have_class(re.compile("btn-primary"))
    walker.press("Next: check what would go", "link")
    expect(page.locator("h1")).to_have_text("Every check passes")
    walker.press("Next: switch pushing on", "link")
    walker.press("Push this one")
    expect(page.locator("#tried")).to_contain_text("QuickBooks has it.")
    expect(page.locator("h1")).to_have_text("SAMPLE-1 is in QuickBooks")
    expect(page.locator("#count-invoices")).to_be_empty()
    assert office.sold("SAMPLE-1") == ["Cloud backup"]
    assert walker.presses <= 9, "nine presses beside the vendor's own page"

    office.finalise("INV-1", "INV-2")
    page.goto("/mappings")
    walker.press("Accept 2 certain")
    expect(page.locator("h1")).to_have_text("Everything is mapped")
    go_live(page)
    expect(page.get_by_role("status").first).to_contain_text("2 invoices, £1,080.00, go now.")
    wait_until(office.state_is("pushed", "INV-1", "INV-2"), timeout=PATIENCE)
    assert office.books() == ["INV-1", "INV-2"]
