"""A customer is chosen, and the choice taken back, in a real browser."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.usecases import manage_connection
from app.usecases.accounts import create_user
from simulator.client import NORTHGATE, SimulatorProcess
from tests.connected import Connected, connect, now
from tests.northgate import sign_in
from tests.pages.looking import no_sideways_scroll

pytestmark = pytest.mark.browser
HARCOURT = "Harcourt & Finch LLP"


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorProcess) -> Connected:
    """Three invoices wait for a customer who is inactive there; nothing goes while it is paused."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        gone = simulator.create(
            NORTHGATE,
            "customers",
            DisplayName=HARCOURT,
            PrimaryEmailAddr={"Address": "ap@harcourt.example"},
            BillAddr={"City": "Leeds"},
        )
        simulator.edit(NORTHGATE, "customers", gone["Id"], Active=False)
        simulator.create(
            NORTHGATE, "customers", DisplayName="Harcourt Finch", BillAddr={"City": "York"}
        )
        billed = {"id": "cus_h", "name": HARCOURT, "email": "ap@harcourt.example"}
        for number in ("INV-0001", "INV-0002", "INV-0003"):
            made.bill(number, customer=billed)
        made.drain()
        manage_connection.pause(made.connection_id, "Priya Nair", None, now())
        create_user(
            made.workspace_id, "priya@northgate.example", "finance", "correct horse",
            name="Priya Nair",
        )  # fmt: skip
    return made


@pytest.fixture
def page(browser_page: Page, northgate: Connected) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    return browser_page


def test_it_is_found_chosen_and_taken_back(page: Page, app: Flask, northgate: Connected) -> None:
    page.goto("/customers")
    no_sideways_scroll(page)
    page.get_by_role("link", name="Choose customer").first.click()
    expect(page.locator("h1")).to_have_text(f"£1,620.00 waits: who is {HARCOURT} in QuickBooks?")
    page.get_by_role("searchbox").fill("harcourt")
    page.get_by_role("button", name="Find in QuickBooks").click()
    no_sideways_scroll(page)
    page.get_by_role("button", name="Link: Harcourt Finch").click()

    expect(page.get_by_text("Linked. 3 still wait for: pushing to be resumed (3).")).to_be_visible()
    no_sideways_scroll(page)
    with app.app_context():
        assert set(northgate.states().values()) == {"waiting"}
    page.get_by_role("button", name="Undo the choice").click()
    expect(page.get_by_text("Undone. The invoices wait as before.")).to_be_visible()
    with app.app_context():
        assert set(northgate.states().values()) == {"blocked"}
