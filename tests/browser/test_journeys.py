"""What people come to do, from end to end: real processes, a real Chromium, the simulator's books.

A journey has a workspace and a company of its own and shares the processes with the others.
"""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.builders import PASSWORD
from tests.fixtures.house import House
from tests.journeys.office import Office
from tests.journeys.presses import (
    PATIENCE,
    Visit,
    Wait,
    accept_everything_by_key,
    consent,
    go_live,
    row_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

POLL = 16_000  # milliseconds: a little more than the overview waits between polls


@pytest.fixture
def wait_until(wait_until: Wait) -> Wait:
    return partial(wait_until, timeout=PATIENCE)


def booked(office: Office, visit: Visit, wait_until: Wait) -> Page:
    """Have everything mapped and billing's first invoice booked; returns a page of Priya's."""
    office.finalise("INV-1")
    wait_until(office.lists_are_read)
    office.map_all()
    wait_until(office.state_is("pushed", "INV-1"))
    return visit(office)


def unmapped(house: House, wait_until: Wait, *numbers: str) -> Office:
    """Have billing's invoices wait for a mapping; returns whose they are."""
    office = house.office()
    office.finalise(*numbers)
    wait_until(office.state_is("blocked", *numbers))
    return office


def test_held_invoices_go_while_one_watches_what_was_mapped(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = unmapped(house, wait_until, "INV-1", "INV-2", "INV-3")
    page = visit(office)
    expect(page.locator("h1")).to_have_text("£1,620.00 is not in your ledger yet")
    accept_everything_by_key(page)
    expect(page.locator("#said")).to_contain_text("3 invoices go to QuickBooks now")

    page.goto("/sync-state")
    expect(page.locator("h1")).to_have_text("Nothing waits to be sent")
    assert office.books() == ["INV-1", "INV-2", "INV-3"]


def test_a_refused_invoice_is_put_right_tried_again_and_paid(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office()
    page = booked(office, visit, wait_until)
    office.close_books("2999-12-31")
    office.finalise("INV-2")
    wait_until(office.state_is("failed", "INV-2"))
    page.goto(f"/invoices/{office.invoice_id('INV-2')}")
    expect(page.locator(".note-bad")).to_contain_text("What to do:")

    office.close_books(None)
    page.get_by_role("button", name="Try again now").click()
    expect(page.locator("#heading")).to_contain_text("In the ledger")
    page.clock.install()
    page.goto("/")
    pulled = page.locator(".split > *", has_text="Payments pulled back")
    expect(pulled).to_contain_text("£0.00")
    office.pay("INV-2")
    wait_until(office.is_paid("INV-2"))
    page.clock.run_for(POLL)
    expect(pulled).to_contain_text("£540.00")
    page.goto(f"/invoices/{office.invoice_id('INV-2')}")
    expect(page.locator("#heading")).to_contain_text("In the ledger, paid")


def test_several_refused_invoices_are_tried_again_at_once(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office()
    page = booked(office, visit, wait_until)
    office.close_books("2999-12-31")
    several = ("INV-2", "INV-3", "INV-4")
    office.finalise(*several)
    wait_until(office.state_is("failed", *several))
    office.close_books(None)
    page.goto("/sync-log")
    page.get_by_role("checkbox", name="Choose all rows shown").check()
    expect(page.locator("#bulk")).to_contain_text("3 chosen, £1,620.00")
    page.locator("#bulk").get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Try again: 3 invoices, £1,620.00").click()

    expect(page.locator("h1")).to_have_text("3 are in the ledger")
    wait_until(office.state_is("pushed", *several))
    assert office.books() == ["INV-1", *several]


def choose_entry(row: Locator, name: str) -> None:
    row.get_by_role("combobox").fill(name)
    row.page.get_by_role("option", name=name).first.click()


def accept_the_last(page: Page, office: Office, wait_until: Wait) -> None:
    row_of(page, "VAT Standard 20%").locator("[data-accept]").click()
    expect(page.locator("h1")).to_contain_text("Everything is mapped")
    wait_until(office.state_is("pushed", "INV-1"))


def test_what_was_chosen_outlives_the_session_it_was_chosen_in(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = unmapped(house, wait_until, "INV-1")
    page, elsewhere = visit(office), visit(office)
    page.goto("/mappings")
    choose_entry(row_of(page, "Managed Workstation"), "Cloud backup")
    elsewhere.goto("/settings#you")
    elsewhere.get_by_role("button", name="Sign out everywhere").click()
    expect(elsewhere.get_by_text("wherever else you were signed in")).to_be_visible()

    row_of(page, "Managed Workstation").locator("[data-accept]").click()
    expect(page.get_by_text("signed out before this was saved")).to_be_visible()
    page.get_by_label("E-mail address").fill(office.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("What you typed is back in its place.")
    row_of(page, "Managed Workstation").locator("[data-accept]").click()
    accept_the_last(page, office, wait_until)
    assert office.sold("INV-1") == ["Cloud backup"]


def test_of_two_people_on_one_mapping_the_second_is_told(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = unmapped(house, wait_until, "INV-1")
    first, second = visit(office.colleague("Tom Reed")), visit(office)
    for page in (first, second):
        page.goto("/mappings")
        expect(row_of(page, "Managed Workstation")).to_contain_text("Certain")
    row_of(first, "Managed Workstation").locator("[data-accept]").click()
    expect(first.locator("h1")).to_contain_text("1 mapping is missing")
    choose_entry(row_of(second, "Managed Workstation"), "Cloud backup")
    row_of(second, "Managed Workstation").locator("[data-accept]").click()
    expect(second.locator("#said")).to_contain_text("Tom Reed mapped it to “Managed Workstation”")

    accept_the_last(second, office, wait_until)
    assert office.sold("INV-1") == ["Managed Workstation"]


def test_what_was_mapped_wrongly_is_undone_and_the_next_invoice_waits(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office()
    page = booked(office, visit, wait_until)
    page.goto("/mappings?list=mapped")
    row_of(page, "Managed Workstation").get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_contain_text("1 mapping is missing")
    office.finalise("INV-2")
    wait_until(office.state_is("blocked", "INV-2"))

    accept_one = row_of(page, "Managed Workstation")
    page.goto("/mappings")
    accept_one.get_by_role("button", name="Accept and push 1").click()
    wait_until(office.state_is("pushed", "INV-2"))
    assert office.books() == ["INV-1", "INV-2"]


def test_what_was_billed_while_disconnected_goes_once_after_reconnecting(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office()
    page = booked(office, visit, wait_until)
    page.goto(f"/connections/{office.connection_id}")
    page.get_by_role("button", name="Disconnect…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type the company name to confirm").fill(office.company)
    dialog.get_by_role("button", name="Disconnect", exact=True).click()
    expect(page.get_by_text(f"{office.company} is disconnected.").first).to_be_visible()
    office.finalise("INV-2")
    wait_until(office.state_is("blocked", "INV-2"))

    page.goto(f"/connections/{office.connection_id}")
    page.get_by_role("button", name=f"Reconnect {office.company}").click()
    consent(page, office)
    expect(page.get_by_role("status").first).to_contain_text("connected")
    wait_until(office.state_is("pushed", "INV-1", "INV-2"))
    assert office.books() == ["INV-1", "INV-2"]


def test_a_viewer_may_look_and_is_told_that_they_may_not_act(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office(role="viewer")
    office.finalise("INV-1")
    wait_until(office.state_is("blocked", "INV-1"))
    page = visit(office)
    page.goto("/mappings")
    expect(page.locator("h1")).to_contain_text("2 mappings are missing")
    expect(
        page.locator("main").get_by_role("button", name=re.compile("Accept|Save"))
    ).to_have_count(0)
    number = office.invoice_id("INV-1")
    page.goto(f"/invoices/{number}")
    expect(page.locator("main").get_by_role("button", name=re.compile("Push|Try"))).to_have_count(0)

    page.evaluate(
        """path => { const form = Object.assign(document.createElement('form'),
            { method: 'post', action: path });
            const token = document.querySelector('meta[name=csrf-token]').content;
            form.append(Object.assign(document.createElement('input'),
                { name: 'csrf_token', value: token }));
            document.body.append(form); form.submit(); }""",
        f"/invoices/{number}/never",
    )
    expect(page.locator("main")).to_contain_text("Your role")
    assert office.state_is("blocked", "INV-1")()


def test_a_double_click_on_push_sends_one_invoice(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office()
    page = booked(office, visit, wait_until)
    office.set(push_mode="review")
    office.finalise("INV-2")
    wait_until(office.state_is("held", "INV-2"))
    page.goto(f"/invoices/{office.invoice_id('INV-2')}")
    page.get_by_role("button", name="Push now").dblclick()

    expect(page.locator("#heading")).to_contain_text("In the ledger")
    assert office.books() == ["INV-1", "INV-2"]
    writes = house.simulator.counters(office.realm)["by_operation"]["Invoice.create"]
    assert writes == 2


def test_without_javascript_one_connects_maps_retries_and_opts_out(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    office = house.office(connected=False)
    page = visit(office, javascript=False)
    page.goto("/connect")
    page.get_by_role("button", name="Connect to QuickBooks").click()
    consent(page, office)
    expect(page.get_by_role("status").first).to_have_text(f"{office.company} is connected.")
    office.close_books("2999-12-31")
    office.finalise("INV-1", "INV-2")
    page.goto("/mappings")
    page.get_by_role("button", name="Accept 2 certain").click()
    expect(page.locator("h1")).to_contain_text("Everything is mapped")
    go_live(page)
    wait_until(office.state_is("failed", "INV-1", "INV-2"))

    page.goto(f"/invoices/{office.invoice_id('INV-2')}")
    page.get_by_role("button", name="Do not push").click()
    expect(page.get_by_text("INV-2 will not be pushed.")).to_be_visible()
    office.close_books(None)
    page.goto(f"/invoices/{office.invoice_id('INV-1')}")
    page.get_by_role("button", name="Try again now").click()
    wait_until(office.state_is("pushed", "INV-1"))
    assert office.books() == ["INV-1"]


def test_a_half_typed_search_and_the_focus_survive_three_polls(
    house: House, visit: Visit, wait_until: Wait
) -> None:
    page = booked(house.office(), visit, wait_until)
    page.clock.install()
    page.goto("/sync-log?show=all")
    field = page.get_by_role("searchbox")
    field.press_sequentially("INV")
    expect(page.get_by_role("link", name="INV-1")).to_be_visible()
    for _ in range(3):
        with page.expect_response("**/sync-log/new**"):
            page.clock.run_for(5_100)

    expect(field).to_be_focused()
    expect(field).to_have_value("INV")
