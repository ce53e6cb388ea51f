"""What several journeys press."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.journeys.office import Office

Visit = Callable[..., Page]
Wait = Callable[..., Any]
PATIENCE = 60.0  # seconds until a worker must have done it, on a machine that has much to do


def consent(page: Page, office: Office) -> None:
    """Choose the company on QuickBooks' own page."""
    page.wait_for_url(re.compile("/connect/oauth2"))
    page.locator(f"[name=realm][value='{office.realm}']").check()
    page.get_by_role("button", name="Connect").click()


def row_of(page: Page, name: str) -> Locator:
    return page.locator("tr", has=page.get_by_role("rowheader", name=name))


def accept_everything_by_key(page: Page) -> None:
    page.goto("/mappings")
    for name in ("VAT Standard 20%", "Managed Workstation"):
        expect(row_of(page, name)).to_contain_text("Certain")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_contain_text("1 mapping is missing")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_contain_text("Everything is mapped")


def go_live(page: Page) -> None:
    page.goto("/setup/go-live")
    page.get_by_role("button", name=re.compile("^Switch (on|pushing)")).click()
    expect(page.get_by_role("status").first).to_contain_text("Pushing to QuickBooks is on.")
