"""The sync state in a real browser: follows a run, says that Redis is away, fits a phone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.extensions import db
from app.models import Workspace
from tests.builders import PASSWORD, a_connection, a_person, a_push, a_workspace, an_invoice
from tests.connected import Connected, connect, numbers
from tests.people import PRIYA

pytestmark = pytest.mark.browser


def signed_in(page: Page) -> Page:
    page.goto("/login")
    page.get_by_label("E-mail address").fill(PRIYA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


@pytest.fixture
def waiting(app: Flask) -> None:
    """Northgate with two companies, one of them with everything a push can be."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        first = a_connection(workspace)
        a_connection(workspace, company_id="2", company_name="A Company With Quite A Long Name Ltd")
        for state in ("waiting", "retrying", "unconfirmed", "blocked", "failed", "dead"):
            a_push(an_invoice(first, "1234567.89", state))
        db.session.commit()


@pytest.fixture
def month_end(app: Flask, simulator) -> Connected:
    """Twelve invoices due to a company that answers slowly."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        for number in numbers(12):
            made.bill(number)
        return made


@pytest.fixture
def run(app: Flask, month_end: Connected, simulator) -> Iterator[threading.Thread]:
    """A worker at that company, to be started."""
    simulator.switch(latency_ms=700)

    def work() -> None:
        with app.app_context():
            month_end.drain()

    thread = threading.Thread(target=work)
    yield thread
    thread.join()


def test_the_page_follows_a_run_to_its_end(month_end, run, browser_page):
    page = signed_in(browser_page)
    page.goto("/sync-state")
    expect(page.locator("h1")).to_have_text("£6,480.00 is on the way")
    due = page.get_by_role("link", name="12 documents: due now, Northgate IT Services Ltd")
    expect(due).to_be_visible()
    run.start()

    expect(page.locator("#live")).to_contain_text(re.compile(r"INV-\d{4}\s*Pushing for"))
    expect(page.locator("h1")).to_have_text("Nothing waits to be sent", timeout=40_000)

    expect(page.locator("#live")).to_contain_text("Everything finalised is in QuickBooks.")
    expect(page.locator(".live")).to_have_text("Updates every 2 seconds")


def test_focus_stays_where_it_is_while_the_page_polls(waiting, browser_page):
    page = signed_in(browser_page)
    page.goto("/sync-state")
    link = page.get_by_role("link", name=re.compile("stopped trying"))
    link.focus()

    for _ in range(2):
        with page.expect_response("**/sync-state"):
            pass

    expect(link).to_be_focused()


def test_it_says_that_redis_is_away_and_when_it_is_back(services, waiting, browser_page):
    page = signed_in(browser_page)
    page.goto("/sync-state")
    services.stop_redis()

    expect(page.locator("h1")).to_have_text("Nothing is sent: Redis does not answer")
    expect(page.locator("#live")).to_contain_text("3 documents wait in the database")
    services.start_redis()

    expect(page.locator("h1")).to_contain_text("on the way")


def test_it_is_read_without_javascript_too(chromium: Browser, live_server: str, waiting):
    context = chromium.new_context(base_url=live_server, java_script_enabled=False)
    plain = signed_in(context.new_page())
    plain.goto("/sync-state")

    expect(plain.locator("h1")).to_contain_text("on the way")
    expect(plain.get_by_role("link", name="Reload")).to_be_visible()
    context.close()


def test_what_was_given_up_is_two_presses_from_going_again(app, waiting, browser_page):
    page = signed_in(browser_page)
    page.goto("/sync-state")

    page.get_by_role("link", name=re.compile("stopped trying")).click()
    row = page.get_by_role("row", name=re.compile("got no answer"))
    row.get_by_role("button", name="Try it again").click()

    expect(page.get_by_role("status").first).to_contain_text("goes again.")
    page.goto("/sync-state")
    expect(page.locator("#live")).to_contain_text("We gave nothing up")
