"""Mapping in a real browser: by keyboard, through the picker, and with JavaScript off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Mapping
from app.usecases.accounts import create_user
from tests.northgate import VAT0, Northgate, make_northgate, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """Two invoices wait for VAT Zero, one for a service nothing is like."""
    with app.app_context():
        made = make_northgate()
        create_user(made.workspace_id, "priya@northgate.example", "finance", "correct horse",
                    name="Priya Nair")  # fmt: skip
        made.map("VAT20", "6", MappingKind.TAX_CODE)
        made.map("MW-STD", "31")
        made.bill("INV-1", "1200.00", tax=VAT0)
        made.bill("INV-2", "642.50", tax=VAT0)
        made.bill("INV-3", "100.00", code="SOC", name="Managed SOC (MDR)")
        made.know_customers()
        made.look()
    return made


@pytest.fixture
def page(browser_page: Page, northgate: Northgate) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    browser_page.goto("/mappings")
    return browser_page


@pytest.fixture
def plain_page(chromium: Browser, live_server: str, northgate: Northgate) -> Iterator[Page]:
    """A page without JavaScript."""
    context = chromium.new_context(base_url=live_server, java_script_enabled=False)
    context.set_default_timeout(10_000)
    made = context.new_page()
    sign_in(made, "priya@northgate.example")
    made.goto("/mappings")
    yield made
    context.close()


def mapped_to(app: Flask, code: str) -> str | None:
    with app.app_context():
        return db.session.scalar(select(Mapping.ledger_id).where(Mapping.code == code))


def row(page: Page, name: str) -> Any:
    return page.locator("tr", has=page.get_by_role("rowheader", name=name))


def test_accepting_by_key_changes_row_heading_menu_and_status_in_one_answer(page, app):
    expect(page.locator("h1")).to_have_text("2 mappings are missing. They hold back £1,962.50.")
    page.keyboard.press("a")

    expect(row(page, "VAT Zero 0%")).to_contain_text("You, just now")
    expect(row(page, "Managed SOC (MDR)")).to_be_focused()  # on to the next
    expect(page.locator("h1")).to_have_text("1 mapping is missing. It holds back £120.00.")
    expect(page.locator("#count-mapping")).to_contain_text("1")
    expect(page.locator("#count-unmapped")).to_have_text("1")
    expect(page.locator("#mapped-count")).to_contain_text("2 tax codes")
    expect(page.locator("#mapped-none")).to_contain_text("What was mapped just now stands")
    expect(page.locator("#count-tax_code")).to_have_text("0 not mapped")
    expect(page.locator("#said")).to_have_text(
        "Mapped to “0.0% Z”. 2 invoices go to QuickBooks now."
    )
    expect(row(page, "VAT Zero 0%")).to_contain_text("2 invoices go to QuickBooks now.")
    assert mapped_to(app, "VAT0") == "4"


def test_accepting_several_still_works_after_a_row_was_accepted(page, app, northgate):
    with app.app_context():
        northgate.bill("INV-4", "10.00", code="BK", name="Cloud backup")
        northgate.look()
    page.reload()
    page.keyboard.press("a")
    expect(row(page, "VAT Zero 0%")).to_contain_text("You, just now")
    page.get_by_role("button", name="Accept 1 certain").click()
    expect(page.get_by_text("Mapped to “Cloud backup”")).to_be_visible()
    assert mapped_to(app, "BK") == "35"


def test_undo_takes_all_of_it_back_and_the_focus_stays_in_the_row(page, app):
    row(page, "VAT Zero 0%").get_by_role("button").press("Enter")
    done = row(page, "VAT Zero 0%").get_by_role("button", name="Mapped")
    expect(done).to_be_focused()
    done.press("Enter")  # a nervous second one
    assert mapped_to(app, "VAT0") == "4"
    page.on("request", lambda r: print("REQ", r.method, r.url, r.post_data))
    page.on("response", lambda r: print("RES", r.status, r.url))
    page.on("console", lambda r: print("CON", r.text))
    row(page, "VAT Zero 0%").get_by_role("button", name="Undo").press("Enter")
    page.wait_for_timeout(1000)
    print(row(page, "VAT Zero 0%").inner_html())

    expect(row(page, "VAT Zero 0%").get_by_role("button")).to_have_text("Accept and push 2")
    expect(row(page, "VAT Zero 0%")).to_be_focused()
    expect(page.locator("#count-mapping")).to_contain_text("2")
    assert mapped_to(app, "VAT0") is None


def test_choosing_another_entry_through_the_picker_by_keyboard(page, app):
    page.keyboard.press("j")
    page.keyboard.press("e")
    field = row(page, "Managed SOC (MDR)").get_by_role("combobox")
    expect(field).to_be_focused()
    field.press_sequentially("manag")
    options = page.get_by_role("option")
    expect(options).to_have_text(
        [
            re.compile("Managed Print"),
            re.compile("Managed Security"),
            re.compile("Managed Workstation"),
            re.compile("Cloud backup.*managed services"),
            re.compile("Create “manag” in QuickBooks"),
        ]
    )
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Enter")

    expect(row(page, "Managed SOC (MDR)")).to_contain_text("You, just now")
    assert mapped_to(app, "SOC") == "32"


def test_a_tax_code_and_a_service_are_mapped_by_keyboard_alone(page, app):
    expect(row(page, "VAT Zero 0%")).to_have_class(re.compile("is-active"))
    page.keyboard.press("e")
    page.keyboard.type("0.0%")
    expect(page.get_by_role("option", selected=True)).to_contain_text("0.0% Z")
    page.keyboard.press("Enter")
    expect(row(page, "VAT Zero 0%")).to_contain_text("You, just now")

    soc = row(page, "Managed SOC (MDR)")
    expect(soc).to_have_class(re.compile("is-active"))
    expect(soc).to_be_focused()
    page.keyboard.press("e")
    page.keyboard.type("print")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Managed Print")
    page.keyboard.press("Enter")
    expect(soc).to_contain_text("You, just now")
    assert (mapped_to(app, "VAT0"), mapped_to(app, "SOC")) == ("4", "34")


def test_the_keys_work_on_right_after_the_picker_saved(page, app):
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.type("print")
    expect(page.get_by_role("option", selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(row(page, "VAT Zero 0%")).to_be_focused()
    page.keyboard.press("u")
    expect(row(page, "Managed SOC (MDR)").get_by_role("combobox")).to_be_visible()
    expect(row(page, "Managed SOC (MDR)")).to_be_focused()  # what came back is marked
    assert mapped_to(app, "SOC") is None

    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(row(page, "VAT Zero 0%")).to_contain_text("You, just now")
    assert mapped_to(app, "VAT0") == "4"


def test_enter_before_the_list_has_come_saves_nothing_that_nobody_saw(page, app):
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.type("manag")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Managed Print")
    expect(row(page, "Managed SOC (MDR)").get_by_role("combobox")).to_be_focused()
    assert mapped_to(app, "SOC") is None

    page.keyboard.press("Enter")
    expect(row(page, "Managed SOC (MDR)")).to_contain_text("You, just now")
    assert mapped_to(app, "SOC") == "34"


def test_escape_leaves_the_field_as_it_was_and_the_keys_move_again(page, app):
    field = row(page, "VAT Zero 0%").get_by_role("combobox")
    page.keyboard.press("e")
    page.keyboard.type("exempt")
    expect(page.get_by_role("option", selected=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_have_value("0.0% Z")
    expect(row(page, "VAT Zero 0%")).to_be_focused()

    page.keyboard.press("j")
    expect(row(page, "Managed SOC (MDR)")).to_have_class(re.compile("is-active"))
    assert mapped_to(app, "VAT0") is None


def test_escape_leaves_the_search_for_the_rows(page, app):
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, "VAT Zero 0%")).to_be_focused()


def test_a_clicked_option_is_saved_by_enter_as_well(page, app):
    soc = row(page, "Managed SOC (MDR)")
    soc.get_by_role("combobox").fill("print")
    page.get_by_role("option").first.click()
    expect(soc.locator("[data-accept]")).to_have_class(re.compile("btn-primary"))
    assert mapped_to(app, "SOC") is None
    page.keyboard.press("Enter")
    expect(soc).to_contain_text("You, just now")
    assert mapped_to(app, "SOC") == "34"


def test_escape_closes_the_picker_and_keys_do_nothing_while_typing(page, app):
    field = row(page, "Managed SOC (MDR)").get_by_role("combobox")
    field.click()
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.press_sequentially("aaa")
    expect(page.get_by_role("listbox")).to_contain_text("Create “aaa” in QuickBooks")
    assert mapped_to(app, "VAT0") is None


def test_another_rate_asks_before_it_is_mapped(page, app):
    tax = row(page, "VAT Zero 0%")
    tax.get_by_role("combobox").fill("20.0% S")
    page.get_by_role("option").first.click()
    tax.get_by_role("button").click()
    expect(tax).to_contain_text("“VAT Zero 0%” is 0% in billing and “20.0% S” is 20%.")
    assert mapped_to(app, "VAT0") is None

    tax.get_by_label("all the same").check()
    tax.get_by_role("button").click()
    expect(tax).to_contain_text("You, just now")
    assert mapped_to(app, "VAT0") == "6"


def test_the_second_person_reads_what_the_first_chose(page, app, northgate):
    with app.app_context():
        northgate.map("SOC", "34")
    page.get_by_role("rowheader", name="Managed SOC (MDR)").wait_for()
    soc = row(page, "Managed SOC (MDR)")
    soc.get_by_role("combobox").fill("Managed Security")
    page.get_by_role("option").first.click()
    soc.locator("[data-accept]").click()

    expect(page.locator("#said")).to_contain_text("mapped it to “Managed Print” while this page")
    assert mapped_to(app, "SOC") == "34"


def test_a_mapping_is_changed_where_it_stands(page, app):
    workstation = row(page, "Managed Workstation")
    workstation.get_by_role("button", name="Change").click()
    workstation.get_by_role("combobox").fill("cloud")
    page.get_by_role("option", name="Cloud backup").click()
    workstation.get_by_role("button", name="Save").click()

    expect(workstation).to_contain_text("Cloud backup")
    expect(workstation.get_by_role("button", name="Undo")).to_be_visible()
    assert mapped_to(app, "MW-STD") == "35"


def test_accepting_all_asks_first(page, app, northgate):
    with app.app_context():
        entry = db.session.scalars(select(CatalogueRow).filter_by(ledger_id="34")).one()
        entry.name = "Managed SOC desk"
        db.session.commit()
    page.reload()
    questions: list[str] = []
    page.on("dialog", lambda d: (questions.append(d.message), d.accept()))
    page.get_by_role("button", name="Accept all 2").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Everything is mapped")
    assert questions == ["Accept all 2 suggestions, including 1 that is not certain?"]
    assert (mapped_to(app, "SOC"), mapped_to(app, "VAT0")) == ("34", "4")


def test_without_javascript_a_row_is_accepted_changed_and_undone(plain_page, app):
    row(plain_page, "VAT Zero 0%").get_by_role("button").click()
    expect(plain_page.get_by_text("Mapped to “0.0% Z”. 2 invoices go")).to_be_visible()
    field = row(plain_page, "Managed SOC (MDR)").get_by_role("combobox")
    field.fill("managed security")
    row(plain_page, "Managed SOC (MDR)").locator("[data-accept]").click()
    assert (mapped_to(app, "SOC"), mapped_to(app, "VAT0")) == ("32", "4")

    row(plain_page, "Managed SOC (MDR)").get_by_role("button", name="Undo").click()
    assert mapped_to(app, "SOC") is None
    row(plain_page, "Managed Workstation").get_by_role("button", name="Change").click()
    row(plain_page, "Managed Workstation").get_by_role("combobox").fill("Cloud backup")
    row(plain_page, "Managed Workstation").get_by_role("button", name="Save").click()
    assert mapped_to(app, "MW-STD") == "35"


def test_without_javascript_a_wrong_name_is_said_in_the_row(plain_page, app):
    row(plain_page, "Managed SOC (MDR)").get_by_role("combobox").fill("No such item")
    row(plain_page, "Managed SOC (MDR)").locator("[data-accept]").click()
    expect(row(plain_page, "Managed SOC (MDR)")).to_contain_text(
        "QuickBooks has no active item called “No such item”."
    )
    expect(row(plain_page, "Managed SOC (MDR)").get_by_role("combobox")).to_have_value(
        "No such item"
    )
