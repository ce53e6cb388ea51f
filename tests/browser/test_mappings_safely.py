"""Mapping with nervous hands: a second press undoes nothing, and no key takes a guess."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Mapping
from app.usecases.accounts import create_user
from tests.northgate import VAT0, Northgate, make_northgate, sign_in
from tests.pages.looking import no_sideways_scroll

pytestmark = pytest.mark.browser


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """Two invoices wait for VAT Zero, one for Cloud backup, one for a service that is a guess."""
    with app.app_context():
        made = make_northgate()
        create_user(made.workspace_id, "priya@northgate.example", "finance", "correct horse",
                    name="Priya Nair")  # fmt: skip
        made.map("VAT20", "6", MappingKind.TAX_CODE)
        made.map("MW-STD", "31")
        made.bill("INV-1", "1200.00", tax=VAT0)
        made.bill("INV-2", "642.50", tax=VAT0)
        made.bill("INV-3", "100.00", code="BK", name="Cloud backup")
        made.bill("INV-4", "50.00", code="SOC", name="Managed SOC (MDR)")
        made.know_customers()
        made.look()
        entry = db.session.scalars(select(CatalogueRow).filter_by(ledger_id="34")).one()
        entry.name = "Managed SOC desk"
        db.session.commit()
    return made


@pytest.fixture
def page(browser_page: Page, northgate: Northgate) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    browser_page.goto("/mappings")
    return browser_page


def mapped(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Mapping.code)))


def row(page: Page, name: str) -> Any:
    return page.locator("tr", has=page.get_by_role("rowheader", name=name))


@pytest.mark.parametrize("width", [1440, 390])
def test_a_second_press_in_the_same_place_changes_nothing(page, app, width):
    page.set_viewport_size({"width": width, "height": 900})
    button = row(page, "VAT Zero 0%").locator("[data-accept]")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.dblclick(x, y)
    expect(page.locator("#said")).to_contain_text("2 invoices go to QuickBooks now.")
    page.mouse.click(x, y)
    page.mouse.click(x, y)
    no_sideways_scroll(page)
    expect(page.locator("#count-unmapped")).to_have_text("2")
    assert mapped(app) == {"VAT20", "MW-STD", "VAT0"}

    undo = row(page, "VAT Zero 0%").get_by_role("button", name="Undo")
    undo.dblclick()
    expect(page.locator("#said")).to_contain_text("Undone: VAT Zero 0% is not mapped any more.")
    expect(page.locator("h1")).to_have_text("3 mappings are missing. They hold back £2,022.50.")
    expect(row(page, "VAT Zero 0%").locator("[data-accept]")).to_have_text("Accept and push 2")
    assert mapped(app) == {"VAT20", "MW-STD"}


def test_a_guess_is_not_taken_by_one_key(page, app):
    asked: list[str] = []
    page.once("dialog", lambda d: (asked.append(d.message), d.dismiss()))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, "Managed SOC (MDR)")).to_contain_text("Check")
    page.keyboard.press("a")
    words = "“Managed SOC desk” is only a guess for “Managed SOC (MDR)”. Map it all the same?"
    assert asked == [words]
    assert "SOC" not in mapped(app)

    page.once("dialog", lambda d: d.accept())
    page.keyboard.press("a")
    expect(row(page, "Managed SOC (MDR)")).to_contain_text("You, just now")
    assert "SOC" in mapped(app)


def test_undo_by_key_marks_what_came_back_and_takes_back_nothing_else(page, app):
    page.keyboard.press("u")
    page.keyboard.press("a")
    expect(row(page, "VAT Zero 0%")).to_contain_text("You, just now")
    expect(row(page, "Cloud backup")).to_be_focused()
    page.keyboard.press("u")
    expect(row(page, "VAT Zero 0%")).to_be_focused()
    expect(row(page, "VAT Zero 0%").locator("[data-accept]")).to_be_visible()
    assert mapped(app) == {"VAT20", "MW-STD"}


def test_find_filters_as_one_types_and_the_field_keeps_what_was_typed(page):
    page.keyboard.press("/")
    page.keyboard.type("cloud")
    expect(row(page, "VAT Zero 0%")).to_have_count(0)
    expect(row(page, "Managed Workstation")).to_have_count(0)
    expect(row(page, "Cloud backup")).to_be_visible()
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#find")).to_have_value("cloud")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_have_value("cloud")
    expect(row(page, "Cloud backup")).to_be_focused()
    page.keyboard.press("a")
    expect(row(page, "Cloud backup")).to_contain_text("You, just now")
