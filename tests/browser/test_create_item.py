"""Creating an item in a real browser, by the keys alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Push
from app.usecases.accounts import create_user
from simulator.client import NORTHGATE
from tests.connected import Connected, connect
from tests.northgate import sign_in

pytestmark = pytest.mark.browser

SOC = "Managed SOC (MDR)"


@pytest.fixture
def northgate(app: Flask, simulator: Any) -> Connected:
    """An invoice waits for a service that nothing in the ledger is like."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        create_user(made.workspace_id, "priya@northgate.example", "finance", "correct horse",
                    name="Priya Nair")  # fmt: skip
        made.bill("INV-1", code="SOC", name=SOC)
        made.drain()
    return made


@pytest.fixture
def page(browser_page: Page, northgate: Connected) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    browser_page.goto("/mappings")
    return browser_page


def test_an_item_is_created_by_the_keys_and_the_row_says_when_it_is_there(page, app, northgate):
    row = page.locator("tr").filter(has=page.get_by_role("rowheader", name=SOC))
    page.keyboard.press("c")
    account = row.get_by_label("Income account that new items post to")
    expect(account).to_be_focused()  # what the row asks for
    account.select_option("Sales")
    row.get_by_role("button", name="Create in QuickBooks").click()
    expect(row).to_contain_text("Being created")

    with app.app_context():
        northgate.drain()
    expect(row).to_contain_text("You, just now")
    expect(page.locator("#count-unmapped")).to_have_text("0")
    names = [item["Name"] for item in northgate.simulator.books(NORTHGATE)["items"]]
    assert names.count(SOC) == 1


def test_typing_and_pressing_enter_never_creates_by_itself(page, app, northgate):
    row = page.locator("tr").filter(has=page.get_by_role("rowheader", name=SOC))
    page.keyboard.press("e")
    page.keyboard.type("Mangaed Workstatoin")
    expect(page.get_by_role("option")).to_contain_text("Create “Mangaed Workstatoin”")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("QuickBooks has no active item called")
    with app.app_context():
        created = db.session.scalars(select(Push).where(Push.document_kind == "item")).all()
    assert created == []
